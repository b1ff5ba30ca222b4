"""The title of a tab: whether anything new has come to its list or its room."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from django.template.loader import render_to_string

from bookshelf.live_objects import FrameTemplate, LiveObject, Topics, register
from bookshelf.log import Change
from posts.events import POSTS, author_topic, list_topic, post_topic
from posts.live.post import EDITING
from posts.log import Kind

PLACE = 1
"""Id of the one title that a page has."""

CREATED = {Kind.POST_CREATED, Kind.COMMENT_CREATED}

POST_KINDS = EDITING
COMMENT_KINDS = {Kind.COMMENT_CREATED, Kind.COMMENT_REMOVED, Kind.COMMENT_RESTORED}


class TitleFrame(FrameTemplate):
    MARKED = "posts/frames/title_marked.html"


@register
class LiveTitle(LiveObject):
    """The title of every list and room that something new has come to.

    One for all that is new, so that a frame has it once: htmx looks all targets of a frame up
    before it swaps any, and a title that is marked is no target.
    """

    kinds = POST_KINDS | COMMENT_KINDS

    def __init__(self, id: int, change: Change) -> None:
        super().__init__(id, change)
        self._new: dict[tuple[str, int | None], Collection[str]] = {}
        """The topics of what is new, by post or comment; none for what is gone again."""

    @classmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        return (PLACE,)

    def add(self, change: Change) -> None:
        super().add(change)
        is_post = change.kind in POST_KINDS
        key = ("post", change.post_id) if is_post else ("comment", change.comment_id)
        if change.kind in CREATED or key in self._new:
            is_gone = change.kind in {Kind.POST_REMOVED, Kind.COMMENT_REMOVED}
            self._new[key] = () if is_gone else _places(change)

    @property
    def topics(self) -> Collection[str]:
        return {topic for topics in self._new.values() for topic in topics}

    def frame(self, topics: Topics, present: bool) -> TitleFrame | None:
        return None if topics.isdisjoint(self.topics) else TitleFrame.MARKED

    @classmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Any]:
        return {}

    @classmethod
    def draw(cls, template: str, id: int, found: Any) -> str:
        return _rendered(template)


@cache
def _rendered(template: str) -> str:
    # The same for whatever has come.
    return render_to_string(template).strip()


def _places(change: Change) -> Collection[str]:
    """Return the topics of the pages on which a change's post or comment has a place."""
    if change.kind in COMMENT_KINDS:
        assert change.post_id is not None
        return (post_topic(change.post_id),)
    assert change.author_id is not None
    return {POSTS, author_topic(change.author_id), *map(list_topic, change.tags_after)}
