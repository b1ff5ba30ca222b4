"""A comment, in the room of its post. It is drawn with its replies."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bookshelf.live_objects import FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.events import post_topic
from posts.log import Kind
from posts.models import Comment

EDITING = {
    Kind.COMMENT_CREATED,
    Kind.COMMENT_RESTORED,
    Kind.COMMENT_EDITED,
    Kind.COMMENT_REMOVED,
}
"""Kinds after which a comment may read differently, or be gone."""


class CommentFrame(FrameTemplate):
    CREATED = "posts/frames/comment_created.html"
    RESTORED = "posts/frames/comment_restored.html"
    EDITED = "posts/frames/comment_edited.html"
    COUNTED = "posts/frames/comment_counted.html"
    REMOVED = "posts/frames/comment_removed.html"


@register
class LiveComment(LiveObject):
    """A comment, and what a range of changes did to it or to a reply below it.

    With the last of its replies the tombstone of a removed comment goes, too.
    """

    kinds = {*EDITING, Kind.COMMENT_LIKED, Kind.AUTHOR_PURGED}

    def __init__(self, id: int, change: Change) -> None:
        super().__init__(id, change)
        rooms = change.details.get("comments", {})
        is_purge = change.kind == Kind.AUTHOR_PURGED
        self.post_id: int = rooms[str(id)] if is_purge else change.post_id  # type: ignore[assignment]
        self.edited = self.created = self.returned = self.liked = False

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        if change.kind == Kind.AUTHOR_PURGED:
            return map(int, change.details.get("comments", {}))
        return change.comment_id, change.parent_id

    def add(self, change: Change) -> None:
        super().add(change)
        self.edited |= change.kind == Kind.AUTHOR_PURGED
        # The tombstone of a comment may have to come back with a reply.
        self.returned |= change.kind == Kind.COMMENT_RESTORED
        if change.comment_id == self.id:
            self.edited |= change.kind in EDITING
            self.created |= change.kind == Kind.COMMENT_CREATED
            self.liked |= change.kind == Kind.COMMENT_LIKED

    @property
    def topics(self) -> Collection[str]:
        return (post_topic(self.post_id),)

    def frame(self, topics: Topics, present: bool) -> CommentFrame | None:
        if not present:
            return CommentFrame.REMOVED
        if self.created:
            return CommentFrame.CREATED
        if self.returned:
            return CommentFrame.RESTORED
        if self.edited:
            return CommentFrame.EDITED
        return CommentFrame.COUNTED if self.liked else None

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Comment]:
        # A tombstone is among them: it has a place on the page.
        return Comment.objects.shown().with_details().in_bulk(ids)

    @classmethod
    def context(cls, template: str, id: int, found: Comment | None) -> dict[str, Any]:
        return {"id": id, "comment": found}
