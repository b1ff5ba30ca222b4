"""What pages read, kept while it is what the database has.

A list of posts takes 4 ms to read, a conversation 7 ms, and they are the same for everybody. So
what was read for one request serves the next ones, if it is still valid. The database says so, for
each request, as for the anonymous page cache: the newest change of the log is the one that the
request has just read as its page's cursor, and people and tags are what they were. So nothing is
ever shown that is older than what was committed before the request.

After likes and comments (posts/pages/narrow_changes.py) the posts that they touched are read anew,
and nothing else.

What is kept is shared by requests: it is never written to.
"""

from collections.abc import Iterable
from operator import attrgetter
from sys import getsizeof
from time import monotonic
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.db import connection

from accounts.models import User
from bookshelf.bounded_store import BoundedStore
from bookshelf.counters import COUNTERS
from bookshelf.log import Cursor
from bookshelf.recent_changes import read_changes
from posts.models import Comment, Post
from posts.pages.narrow_changes import Touched, touched_since
from posts.pages.shown_rows import Shown, are_current

MOST_BYTES = 32 * 1024 * 1024
"""Of a process, for all that is kept; about 200 lists of 20 posts."""

A_READING = 8_000
A_ROW = 8_000
"""Bytes that a reading, and a row with its author beside its text, take, about."""

MAX_AGE = 60.0
"""Seconds after which it is read again in any case: addresses of pictures may be signed."""

Key = tuple[Any, ...]
T = TypeVar("T")


class Reading(NamedTuple, Generic[T]):
    """What was read, and what has to be the same for it to be valid."""

    value: T
    cursor: Cursor
    shown: Shown
    size: int
    at: float


READINGS: BoundedStore[Key, Reading[Any]] = BoundedStore(MOST_BYTES, attrgetter("size")).shown_as(
    "kept_readings", "Lists and rooms whose rows are kept"
)
"""Those of this process, by what was asked for."""


class Readable(Protocol[T]):
    """Something that a page reads, and how."""

    @property
    def key(self) -> Key:
        """What tells it from all else that is kept."""
        ...

    def read(self) -> T:
        """Read it from the database."""
        ...

    def read_again(self, value: T, touched: Touched) -> T | None:
        """Return what was read before with what these posts show read anew, or nothing.

        Since then nothing has happened but these narrow changes.
        """
        ...

    def about(self, value: T) -> tuple[Shown, int]:
        """Return the people and tags that it shows, and how many bytes it takes."""
        ...


def kept_reading(what: Readable[T], cursor: Cursor) -> Reading[T]:
    """Return what is read of this, or was read before, if that is still valid.

    `cursor` is the log's, read for this request and before this.
    """
    if connection.in_atomic_block:
        # It may see what others do not see yet, or no longer.
        value = what.read()
        return Reading(value, cursor, *what.about(value), monotonic())
    kept: Reading[T] | None = READINGS.get(what.key)
    if kept is not None and monotonic() - kept.at < MAX_AGE:
        found = kept if kept.cursor == cursor else _brought_up(what, kept, cursor)
        if found is not None and are_current([found.shown])[0]:
            COUNTERS.readings_reused += 1
            if found is not kept:
                READINGS.put(what.key, found)
            return found
    value = what.read()
    made = Reading(value, cursor, *what.about(value), monotonic())
    READINGS.put(what.key, made)
    return made


def _brought_up(what: Readable[T], kept: Reading[T], cursor: Cursor) -> Reading[T] | None:
    """Return the reading as it is now, if nothing but narrow changes came in between."""
    touched = touched_since(kept.cursor, read_changes(kept.cursor, cursor))
    if touched is None:
        return None
    value = what.read_again(kept.value, touched)
    if value is None:
        return None
    return Reading(value, cursor, *what.about(value), kept.at)


def size_of(
    posts: Iterable[Post], comments: Iterable[Comment] = (), people: Iterable[User] = ()
) -> int:
    """Return the bytes that these take, about, comments with their replies."""
    said = [each for comment in comments for each in (comment, *comment.replies_shown)]
    texts = [*(post.body for post in posts), *(comment.body for comment in said)]
    texts += [person.about for person in people]
    return A_READING + sum(A_ROW + getsizeof(text) for text in texts)
