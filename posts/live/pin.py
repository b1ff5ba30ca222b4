"""The pinned post, on top of the front page."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bookshelf.live_objects import FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.events import POSTS
from posts.live.post import EDITING
from posts.log import PIN_MARK, Kind
from posts.models import Post

PLACE = 1
"""Id of the one place that there is for a pinned post."""


class PinFrame(FrameTemplate):
    MOVED = "posts/frames/pin_moved.html"


@register
class LivePin(LiveObject):
    """The place of the pinned post, touched by any change of a post that has ever been pinned."""

    kinds = EDITING | {Kind.AUTHOR_PURGED}

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        pinned = PIN_MARK in change.tags_before or PIN_MARK in change.tags_after
        return (PLACE,) if pinned or change.details.get("pin") else ()

    @property
    def topics(self) -> Collection[str]:
        return (POSTS,)

    def frame(self, topics: Topics, present: bool) -> PinFrame:
        return PinFrame.MOVED

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Post | None]:
        return {PLACE: Post.objects.pinned()}

    @classmethod
    def context(cls, template: str, id: int, found: Post | None) -> dict[str, Any]:
        return {"post": found}
