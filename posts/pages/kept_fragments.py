"""The fragments that pages are put together from, each drawn once for each state of what it shows.

A card of a list takes 2 ms to draw, and is the same for everybody who has liked it, or not, and has
the book on their reading list, or not. So it is kept by all that it is drawn from, by value: the
post's row, with its author, cover and tags, and what the viewer has done. What is within it and
shows no counts is kept apart, as counts change most often.

What belongs to one request alone, the CSRF token, is a hole in what is kept.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from copy import copy
from hashlib import blake2b
from secrets import token_hex
from sys import getsizeof
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.template import Context
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.models import User
from bookshelf.bounded_store import BoundedStore
from bookshelf.counters import COUNTERS
from posts.models import Comment, Post, ShelvedBook
from posts.pages.narrow_changes import Counts
from posts.pages.shown_rows import Shown, shown_by

HOLE = token_hex(24)
"""What stands for the CSRF token. Nobody can write it: it is another one in each process."""


MOST_BYTES = 32 * 1024 * 1024
"""Of a process, for all fragments; about 6,000 cards."""

AN_ENTRY = 700
"""Bytes that an entry takes beside its text, about."""

State = tuple[Hashable, ...]
"""What something is drawn from: plain values."""


def digest(state: State) -> bytes:
    """Return what stands for a state: values that differ are written differently (`repr`)."""
    return blake2b(repr(state).encode(), digest_size=20).digest()


def size_of(text: str) -> int:
    return getsizeof(text) + AN_ENTRY


FRAGMENTS: BoundedStore[State, str] = BoundedStore(MOST_BYTES, size_of).shown_as(
    "kept_fragments", "Fragments of pages that are kept"
)
"""Those of this process, by what they were drawn from."""


class Viewer:
    """What a kept fragment may know of who looks at it."""

    def __init__(self, is_authenticated: bool) -> None:
        self.is_authenticated = is_authenticated


class Card:
    """A post, and what its viewer has done about it.

    Shared by requests, and read-only, except that `shown` is computed lazily.
    """

    __slots__ = ("_shown", "liked", "post", "shelved", "state")

    def __init__(self, post: Post) -> None:
        """Take a post that was fetched `with_details`."""
        self.post = post
        self.state = digest(post_state(post))
        """Stands for all that the post shows to everybody, but for its counts."""
        self._shown: Shown | None = None
        self.liked = False
        self.shelved = ""
        """Where the post's book is on the viewer's reading list; "" when it is not."""

    def seen(self, liked: bool, shelved: str) -> "Card":
        """Return it as somebody sees it who has done this."""
        card = copy(self)
        card.liked, card.shelved = liked, shelved
        return card

    @property
    def shown(self) -> Shown:
        """What its page is valid with. Search, which keeps nothing, never asks for it."""
        if self._shown is None:
            self._shown = shown_by([self.post])
        return self._shown

    def counted(self, counts: Counts) -> "Card":
        """Return the card of the same post with other counts."""
        card = copy(self)
        card.post = copy(self.post)
        for name, count in counts._asdict().items():
            setattr(card.post, name, count)
        return card

    @property
    def key(self) -> State:
        """All that a fragment without counts depends on."""
        return self.state, self.liked, self.shelved

    @property
    def counts(self) -> State:
        """What else those with counts depend on."""
        return self.post.likes_count, self.post.comments_count

    def as_post(self) -> Post:
        """Return a post for templates, the caller's own, with `liked` and `shelved`."""
        post = copy(self.post)
        post.liked = self.liked
        post.shelved = shelved_as(self.shelved)
        return post


def shelved_as(state: str) -> ShelvedBook | None:
    """Return a book of this state for templates, which show no more of it; None of none."""
    return ShelvedBook(state=state) if state else None


class Thread:
    """A comment with the replies to it, as its viewer sees them. Shared: never written to."""

    __slots__ = (
        "authors",
        "comment",
        "ids",
        "liked",
        "moderates",
        "own_id",
        "shown",
        "state",
        "viewer",
    )

    def __init__(self, comment: Comment) -> None:
        """Take a comment that was fetched `with_details`."""
        shown = (comment, *comment.replies_shown)
        self.comment = comment
        self.ids = frozenset(each.pk for each in shown)
        self.authors = frozenset(each.author_id for each in shown)
        self.shown = shown_by(comments=[comment])
        self.state = digest(comment_state(comment))
        """Stands for all that it shows to everybody."""
        self.viewer: User | None = None
        """Who is signed in."""
        self.liked: frozenset[int] = frozenset()
        """The ids of the comments among these that they like."""
        self.own_id: int | None = None
        """Their id, if one of the comments is theirs: authors see their own differently."""
        self.moderates = False
        """Whether they may moderate."""

    def seen(
        self, viewer: User, viewer_id: int, moderates: bool, liked: frozenset[int]
    ) -> "Thread":
        """Return it as somebody sees it who likes these comments."""
        # A page has fifty: `copy` takes five times as long.
        thread = Thread.__new__(Thread)
        thread.comment, thread.ids, thread.authors = self.comment, self.ids, self.authors
        thread.shown, thread.state, thread.viewer = self.shown, self.state, viewer
        thread.liked, thread.moderates = self.ids & liked, moderates
        thread.own_id = viewer_id if viewer_id in self.authors else None
        return thread

    @property
    def key(self) -> State:
        """All that its fragment depends on."""
        if self.viewer is None:
            return (self.state,)
        return self.state, tuple(sorted(self.liked)), self.own_id, self.moderates

    def as_comment(self) -> Comment:
        """Return a comment for templates, the caller's own, with what its viewer may do."""
        comment = copy(self.comment)
        comment.latest_replies = [copy(each) for each in getattr(comment, "latest_replies", ())]
        if self.viewer is not None:
            for each in (comment, *comment.latest_replies):
                each.liked = each.pk in self.liked
                each.may_edit = each.is_editable_by(self.viewer)
                each.may_block = each.author_id != self.viewer.pk
                each.may_moderate = self.viewer.is_moderator
        return comment


ToDraw = tuple[State, Callable[[], dict[str, Any]]]
"""What a fragment depends on, and what returns the values for its template."""


def drawn(template: str, context: Context, fragments: Iterable[ToDraw]) -> SafeString:
    """Return a template with each of these values, for the viewer of the page with this context.

    A state is all that it depends on: but for whether the viewer is signed in, and the language.
    """
    user = context.get("user")
    is_authenticated = bool(user is not None and user.is_authenticated)
    around = (template, is_authenticated, *surroundings())
    texts = []
    for state, values in fragments:
        key = (around, *state)
        text = FRAGMENTS.get(key)
        if text is None:
            COUNTERS.fragments_drawn += 1
            own = {"user": Viewer(is_authenticated), "csrf_token": HOLE}
            text = render_to_string(template, {**values(), **own})
            FRAGMENTS.put(key, text)
        else:
            COUNTERS.fragments_kept += 1
        texts.append(text)
    whole = "".join(texts)
    if HOLE in whole:
        # Within another fragment it is the hole itself.
        whole = whole.replace(HOLE, str(context["csrf_token"]))
    return mark_safe(whole)  # noqa: S308 - it was rendered


def surroundings() -> State:
    """Return what fragments depend on beside what they show: the language, and settings."""
    return get_language(), get_script_prefix(), settings.MEDIA_URL, settings.TIME_ZONE


BESIDE = {"latest_replies", "has_key_posts"}
"""Attributes of a row that are other rows, and what a page reads along with it for itself."""


def row(item: Model, without: Collection[str] = ()) -> State:
    """Return all that was read of a row, and what was set on it: the values, by name."""
    return tuple(
        (name, repr(value) if isinstance(value, list | dict) else value)
        for name, value in sorted(item.__dict__.items())
        if not name.startswith("_") and name not in BESIDE and name not in without
    )


def person(user: User) -> State:
    """Return what fragments show of somebody."""
    # The address: a storage may sign it for a while.
    avatar = user.avatar_small if user.avatar else ""
    return (user.pk, user.username, user.name, avatar, user.purged_at, user.left_at)


def post_state(post: Post) -> State:
    """Return what a post shows to everybody, but for its counts: the row, and what is beside it."""
    cover = getattr(post, "cover", None)
    fetched = post.tags_as_fetched
    tags = post.tags.all() if fetched is None else fetched
    return (
        *row(post, without=Counts._fields),
        *person(post.author),
        None if cover is None else (*row(cover), cover.srcset),
        tuple((tag.slug, tag.name) for tag in tags),
    )


def comment_state(comment: Comment) -> State:
    """Return what a comment shows to everybody, with the replies to it that are shown."""
    replies = tuple(map(comment_state, comment.replies_shown))
    return (*row(comment), *person(comment.author), comment.has_earlier_replies, replies)
