"""An author of whom everything was removed at once: their posts go from all pages by one frame."""

from collections.abc import Collection, Iterable, Mapping

from accounts.models import User
from bookshelf.live_objects import EVERYWHERE, FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.events import post_topic
from posts.log import Kind
from posts.models import Post


class AuthorFrame(FrameTemplate):
    PURGED = "posts/frames/author_purged.html"


class PurgedRoomFrame(FrameTemplate):
    REMOVED = "posts/frames/room_removed.html"


@register
class LiveAuthor(LiveObject):
    """The posts of an author on lists. Pages drop them by the class of their author."""

    kinds = (Kind.AUTHOR_PURGED,)

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        return (change.author_id,)

    @property
    def topics(self) -> Collection[str]:
        return (EVERYWHERE,)

    def frame(self, topics: Topics, present: bool) -> AuthorFrame | None:
        # Of those who are back each post has a change of its own.
        return AuthorFrame.PURGED if present else None

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, User]:
        return User.objects.exclude(purged_at=None).in_bulk(ids)


@register
class LivePurgedRoom(LiveObject):
    """The own page of a post that was removed with everything of its author."""

    kinds = (Kind.AUTHOR_PURGED,)

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        posts: list[int] = change.details.get("posts", [])
        return posts

    @property
    def topics(self) -> Collection[str]:
        return (post_topic(self.id),)

    def frame(self, topics: Topics, present: bool) -> PurgedRoomFrame | None:
        return None if present else PurgedRoomFrame.REMOVED

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Post]:
        return Post.objects.visible().only("pk").in_bulk(ids)
