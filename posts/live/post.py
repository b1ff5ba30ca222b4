"""A post: a card on lists, and the main thing in its own room."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bookshelf.live_objects import FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.events import CARDS, POSTS, ROOM, TOPIC, author_topic, list_topic, post_topic
from posts.log import Kind
from posts.models import Post
from posts.pages.conversation import conversation
from posts.pages.room import threads_of

INSERTING = {Kind.POST_CREATED, Kind.POST_RESTORED}
"""Kinds after which a post may be on lists that it was not on before."""

EDITING = {
    *INSERTING,
    Kind.POST_EDITED,
    Kind.POST_REMOVED,
    Kind.POST_PINNED,
    Kind.POST_UNPINNED,
    Kind.POST_MARKED,
    Kind.POST_UNMARKED,
}
"""Kinds after which a post may read differently, or be gone."""

ROOM_KINDS = {Kind.ROOM_CLOSED, Kind.ROOM_OPENED}
"""Kinds after which a room may say something else about itself."""

COUNTING = {
    Kind.POST_LIKED,
    Kind.COMMENT_CREATED,
    Kind.COMMENT_REMOVED,
    Kind.COMMENT_RESTORED,
    Kind.AUTHOR_PURGED,
}
"""Kinds after which a number that a post shows may be another one."""


class PostFrame(FrameTemplate):
    CREATED = "posts/frames/post_created.html"
    LISTED = "posts/frames/post_listed.html"
    EDITED = "posts/frames/post_edited.html"
    COUNTED = "posts/frames/post_counted.html"
    REMOVED = "posts/frames/post_removed.html"
    ROOM_EDITED = "posts/frames/room_edited.html"
    ROOM_COUNTED = "posts/frames/room_counted.html"
    ROOM_CLOSED = "posts/frames/room_closed.html"
    ROOM_REMOVED = "posts/frames/room_removed.html"
    ROOM_RESTORED = "posts/frames/room_restored.html"


@register
class LivePost(LiveObject):
    """A post, and what a range of changes did to it."""

    kinds = EDITING | COUNTING | ROOM_KINDS
    topic_names = TOPIC
    room_names = ROOM
    # A room that is back is drawn with its conversation, which has changes of its own.
    volatile = (PostFrame.ROOM_RESTORED,)

    author_id: int
    """Known when it was edited."""

    def __init__(self, id: int, change: Change) -> None:
        super().__init__(id, change)
        self.edited = self.created = self.inserted = self.restored = self.room_changed = False
        self.tags_ever = self.tags_always = self.tags_now = frozenset[str]()

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        if change.kind == Kind.AUTHOR_PURGED:
            counted: list[int] = change.details.get("counted", [])
            return counted
        return (change.post_id,)

    def add(self, change: Change) -> None:
        super().add(change)
        self.room_changed |= change.kind in ROOM_KINDS
        if change.kind not in EDITING:
            return
        assert change.author_id is not None  # Each of these names the author.
        self.author_id = change.author_id
        if not self.edited:
            # True of the post before its first change in the range.
            self.tags_ever = self.tags_always = frozenset(change.tags_before)
        self.edited = True
        self.tags_now = frozenset(change.tags_after)
        self.tags_ever |= self.tags_now
        self.tags_always &= self.tags_now
        self.created |= change.kind == Kind.POST_CREATED
        self.inserted |= change.kind in INSERTING
        self.restored |= change.kind == Kind.POST_RESTORED

    @property
    def topics(self) -> Collection[str]:
        if not self.edited:
            # Numbers are patched where the post is shown; every list asks for cards.
            return {CARDS, post_topic(self.id)}
        tags = {list_topic(slug) for slug in self.tags_ever}
        return {POSTS, CARDS, author_topic(self.author_id), post_topic(self.id)} | tags

    def frame(self, topics: Topics, present: bool) -> PostFrame | None:
        if post_topic(self.id) in topics:
            return self._frame_of_room(present)
        if not self.edited:
            return PostFrame.COUNTED if present else None
        whole = {POSTS, author_topic(self.author_id)}
        listed = present and _lists(topics, whole, self.tags_now)
        if listed and (self.inserted or not _lists(topics, whole, self.tags_always)):
            # One that was restored, tagged or marked has not been on this list, but is not new.
            return PostFrame.CREATED if self.created else PostFrame.LISTED
        if CARDS not in topics:
            return None
        if not present or (not listed and _lists(topics, whole, self.tags_ever)):
            return PostFrame.REMOVED
        return PostFrame.EDITED

    def _frame_of_room(self, present: bool) -> PostFrame:
        if not present:
            return PostFrame.ROOM_REMOVED
        if self.restored:
            return PostFrame.ROOM_RESTORED
        if self.room_changed:
            return PostFrame.ROOM_CLOSED
        return PostFrame.ROOM_EDITED if self.edited else PostFrame.ROOM_COUNTED

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Post]:
        return Post.objects.visible().with_details().in_bulk(ids)

    @classmethod
    def context(cls, template: str, id: int, found: Post | None) -> dict[str, Any]:
        context: dict[str, Any] = {"id": id, "post": found}
        if template == PostFrame.ROOM_RESTORED and found is not None:
            context["talk"] = threads_of(conversation(found))
        return context


def _lists(topics: Topics, whole: set[str], tags: frozenset[str]) -> bool:
    """Return whether a list of these topics shows a post of these tags."""
    return not topics.isdisjoint(whole) or any(list_topic(slug) in topics for slug in tags)
