"""The name of an author, wherever it stands."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from accounts.models import RENAMED, User
from bookshelf.live_objects import EVERYWHERE, FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.log import Kind


class NameFrame(FrameTemplate):
    CHANGED = "posts/frames/author_renamed.html"


@register
class LiveName(LiveObject):
    """Somebody's name, which has changed. The id is the user's."""

    kinds = (RENAMED, Kind.AUTHOR_PURGED, Kind.AUTHOR_BACK)
    is_part_of_others = True

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        return (change.author_id,)

    @property
    def topics(self) -> Collection[str]:
        return (EVERYWHERE,)

    def frame(self, topics: Topics, present: bool) -> NameFrame | None:
        return NameFrame.CHANGED if present else None

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, User]:
        return User.objects.in_bulk(ids)

    @classmethod
    def context(cls, template: str, id: int, found: User | None) -> dict[str, Any]:
        return {"who": found}
