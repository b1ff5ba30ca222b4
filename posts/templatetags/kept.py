"""Posts and comments on pages, from what is kept of them (posts/pages/kept_fragments.py)."""

from collections.abc import Iterable

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from posts.pages.kept_fragments import Card, Thread, drawn, with_token

register = template.Library()


@register.simple_tag(takes_context=True)
def cards(context: Context, shown: Iterable[Card]) -> SafeString:
    """Render the posts of a list: posts/_post.html for each."""
    return with_token("".join(_card(context, each) for each in shown), context)


@register.simple_tag(takes_context=True)
def part_of(context: Context, card: Card, name: str) -> SafeString:
    """Render the template `name`, which takes `post` alone, and shows no counts of it."""
    text = drawn(name, context, card.key, lambda: {"post": card.as_post()})
    return with_token(text, context)


@register.simple_tag(takes_context=True)
def threads(context: Context, shown: Iterable[Thread]) -> SafeString:
    """Render a conversation: posts/_comment.html for each comment that opens a thread."""
    focused = context.get("focus_comment")
    return with_token("".join(_thread(context, each, focused) for each in shown), context)


def _card(context: Context, card: Card) -> SafeString:
    return drawn(
        "posts/_post.html",
        context,
        (*card.key, *card.counts),
        lambda: {"post": card.as_post(), "card": card},
    )


def _thread(context: Context, thread: Thread, focused: int | None) -> SafeString:
    if focused not in thread.ids:
        focused = None
    return drawn(
        "posts/_comment.html",
        context,
        (*thread.key, focused),
        lambda: {"comment": thread.as_comment(), "focus_comment": focused},
    )
