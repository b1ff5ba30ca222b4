"""Posts and comments on pages, from what is kept of them (posts/pages/kept_fragments.py)."""

from collections.abc import Iterable

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from posts.pages.kept_fragments import Card, Thread, ToDraw, drawn

register = template.Library()


@register.simple_tag(takes_context=True)
def cards(context: Context, shown: Iterable[Card]) -> SafeString:
    """Render the posts of a list: posts/_post.html for each."""
    return drawn("posts/_post.html", context, map(_card, shown))


@register.simple_tag(takes_context=True)
def part_of(context: Context, card: Card, name: str) -> SafeString:
    """Render the template `name`, which takes `post` alone, and shows no counts of it."""
    return drawn(name, context, [(card.key, lambda: {"post": card.as_post()})])


@register.simple_tag(takes_context=True)
def threads(context: Context, shown: Iterable[Thread]) -> SafeString:
    """Render a conversation: posts/_comment.html for each comment that opens a thread."""
    focused = context.get("focus_comment")
    return drawn("posts/_comment.html", context, [_thread(each, focused) for each in shown])


def _card(card: Card) -> ToDraw:
    return (*card.key, *card.counts), lambda: {"post": card.as_post(), "card": card}


def _thread(thread: Thread, focused: int | None) -> ToDraw:
    focused = focused if focused in thread.ids else None
    return (*thread.key, focused), lambda: {
        "comment": thread.as_comment(),
        "focus_comment": focused,
    }
