"""What can be live on a page: the protocol between the live engine and the things it shows.

The engine (`updater/`) deals in changes, objects, topics, frames and readers, and knows nothing of
what they are about. A kind of object that is to be live is a subclass of LiveObject, registered in
a module or package `live` of its app, which is imported when the site starts (as `admin` is).
docs/architecture.md leads through one, step by step.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from django.template.loader import get_template

from bookshelf.log import Change, Cursor

Topics = frozenset[str]
"""The topics that a page asks for."""

EVERYWHERE = "*"
"""Stands for every topic. No page can ask for a topic of this name."""


class FrameTemplate(StrEnum):
    """Base of the frames that a kind of object has: the values are names of templates."""


class LiveObject(ABC):
    """One object that pages show, and what a range of changes did to it.

    The engine makes one for each object that a range of changes touched, and adds those changes to
    it in their order. A page may have been drawn at any point of the range.
    """

    kinds: ClassVar[Collection[str]]
    """Kinds of changes that may touch such an object."""

    topic_names: ClassVar[re.Pattern[str] | None] = None
    """Matches whole names of topics that pages may ask for because of such objects."""

    room_names: ClassVar[re.Pattern[str] | None] = None
    """Matches those among them whose page is a room: it shows who else reads it, in an element
    with the id `<topic>-presence`."""

    is_part_of_others: ClassVar[bool] = False
    """Whether fragments of other objects contain it, so that they have to be drawn again."""

    volatile: ClassVar[Collection[str]] = ()
    """Frames that show more than the object, and so are drawn for each reading of the log."""

    def __init__(self, id: int, change: Change) -> None:
        """Take the first change of the range that touched this object; `add` gets it as well."""
        self.id = id
        self.cursor: Cursor = change.cursor
        """The place in the log after the last of these changes."""

    @property
    def key(self) -> tuple[type["LiveObject"], int]:
        return type(self), self.id

    @classmethod
    @abstractmethod
    def touched_by(cls, change: Change) -> Iterable[int | None]:
        """Return the ids of the objects that a change of one of `kinds` touched; None is none."""

    def add(self, change: Change) -> None:
        """Go on by one change."""
        self.cursor = change.cursor

    @property
    @abstractmethod
    def topics(self) -> Collection[str]:
        """Every topic whose pages may have to do something about it; or EVERYWHERE."""

    @abstractmethod
    def frame(self, topics: Topics, present: bool) -> str | None:
        """Return the template of what a page of these topics is sent; None for nothing.

        `present` says whether `fetch` found the object. It decides: changes only say what was
        touched, and a later one may have removed it.
        """

    @classmethod
    @abstractmethod
    def fetch(cls, ids: Collection[int]) -> Mapping[int, Any]:
        """Return those of these objects that have a place on a page, by id, with all that is drawn.

        The number of queries must not grow with the number of ids.
        """

    @classmethod
    def context(cls, template: str, id: int, found: Any) -> dict[str, Any]:
        """Return what the template is drawn with. `found` is None when the object is gone.

        The same for every reader: no request, no user.
        """
        return {"id": id, "object": found}

    @classmethod
    def draw(cls, template: str, id: int, found: Any) -> str:
        """Render a frame of this object."""
        return get_template(template).render(cls.context(template, id, found)).strip()


Personal = Callable[[Collection[int]], Mapping[int, str]]
"""Takes the ids of users, returns for each of them a fragment for the pages of that user alone."""

_objects: list[type[LiveObject]] = []
_personal: list[Personal] = []
_by_kind: dict[str, list[type[LiveObject]]] = {}

L = TypeVar("L", bound=type[LiveObject])
P = TypeVar("P", bound=Personal)


def register(live_object: L) -> L:
    """Make a kind of object live. A class decorator."""
    _objects.append(live_object)
    _forget_what_was_derived()
    return live_object


def register_personal(draw: P) -> P:
    """Register a fragment that is drawn for the users of each change, and for each who connects."""
    _personal.append(draw)
    return draw


@contextmanager
def registered(live_object: type[LiveObject]) -> Iterator[None]:
    """Make a kind of object live for a while, in tests."""
    register(live_object)
    try:
        yield
    finally:
        _objects.remove(live_object)
        _forget_what_was_derived()


def live_objects() -> tuple[type[LiveObject], ...]:
    """Return all kinds of objects that are live."""
    return tuple(_objects)


def touched_by(change: Change) -> Iterator[tuple[type[LiveObject], int]]:
    """Go through the objects that a change touched."""
    for live_object in _by_kind.get(change.kind, ()):
        for object_id in live_object.touched_by(change):
            if object_id is not None:
                yield live_object, object_id


def draw_personal(user_ids: Collection[int]) -> dict[int, str]:
    """Render what each of these users alone is sent. No query without ids."""
    drawn: dict[int, str] = {}
    if user_ids:
        for draw in _personal:
            for user_id, fragment in draw(user_ids).items():
                drawn[user_id] = drawn.get(user_id, "") + fragment
    return drawn


def is_topic(name: str) -> bool:
    """Return whether a page may ask for this topic."""
    return any(each.topic_names and each.topic_names.fullmatch(name) for each in _objects)


@lru_cache(1_000)
def room_of(topics: Topics) -> str | None:
    """Return the topic whose room a page of these topics is; None when it is no room."""
    rooms = [
        topic
        for topic in topics
        if any(each.room_names and each.room_names.fullmatch(topic) for each in _objects)
    ]
    return rooms[0] if len(rooms) == 1 else None


def _forget_what_was_derived() -> None:
    room_of.cache_clear()
    _by_kind.clear()
    for live_object in _objects:
        for kind in live_object.kinds:
            _by_kind.setdefault(kind, []).append(live_object)
