"""The fragments that pages are put together from, each drawn once for each state of what it shows.

A card of a list takes 2 ms to draw, and is the same for everybody who has liked it, or not, and has
the book on their reading list, or not. So it is kept by all that it is drawn from, by value: the
post's row, with its author, cover and tags, and what the viewer has done. These are read for each
request, so nothing is ever shown that is older than what was committed before it.

What belongs to one request alone, the CSRF token, is a hole in what is kept.
"""

from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.template import Context
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.models import User
from bookshelf.counters import COUNTERS
from bookshelf.fragment_store import STORE, State
from posts.models import Comment, Post

HOLE = token_hex(24)
"""What stands for the CSRF token. Nobody can write it: it is another one in each process."""


class Viewer:
    """What a kept fragment may know of who looks at it."""

    def __init__(self, is_authenticated: bool) -> None:
        self.is_authenticated = is_authenticated


def drawn(template: str, context: Context, values: dict[str, Any], state: State) -> SafeString:
    """Return a template with these values, for the viewer of the page with this context.

    `state` is all that it depends on: but for whether the viewer is signed in, and the language.
    """
    user = context.get("user")
    is_authenticated = user is not None and user.is_authenticated
    key = (
        template, is_authenticated, get_language(), get_script_prefix(), settings.MEDIA_URL,
        settings.TIME_ZONE, *settings.LANGUAGES, *state,
    )  # fmt: skip
    text = STORE.get(key)
    if text is None:
        COUNTERS.fragments_drawn += 1
        values = {**values, "user": Viewer(is_authenticated), "csrf_token": HOLE}
        text = render_to_string(template, values)
        STORE.put(key, text)
    else:
        COUNTERS.fragments_kept += 1
    if is_authenticated:
        text = text.replace(HOLE, str(context["csrf_token"]))
    return mark_safe(text)  # noqa: S308 - it was rendered


BESIDE = {"shelved", "latest_replies", "has_key_posts"}
"""Attributes of a row that are other rows, and what a page reads along with it for itself."""


def row(item: Model) -> State:
    """Return all that was read of a row, and what was set on it: the values, by name."""
    return tuple(
        (name, repr(value) if isinstance(value, list | dict) else value)
        for name, value in sorted(item.__dict__.items())
        if not name.startswith("_") and name not in BESIDE
    )


def person(user: User) -> State:
    """Return what fragments show of somebody."""
    # The address: a storage may sign it for a while.
    avatar = user.avatar_small if user.avatar else ""
    return (user.pk, user.username, user.name, avatar, user.purged_at, user.left_at)


def post_state(post: Post) -> State:
    """Return what a card shows: the row, what stands beside it, and what the viewer has done."""
    shelved = getattr(post, "shelved", None)
    cover = getattr(post, "cover", None)
    return (
        *row(post),
        *person(post.author),
        None if cover is None else (*row(cover), cover.srcset),
        tuple((tag.slug, tag.name) for tag in post.tags.all()),
        shelved.state if shelved else None,
    )


def comment_state(comment: Comment) -> State:
    """Return what a comment shows, with the replies to it that are shown."""
    replies = tuple(map(comment_state, comment.replies_shown))
    return (*row(comment), *person(comment.author), comment.has_earlier_replies, replies)
