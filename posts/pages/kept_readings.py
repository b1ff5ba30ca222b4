"""What pages read, kept while it is what the database has.

A list of posts takes 4 ms to read, a conversation 7 ms, and they are the same for everybody. So
what was read for one request serves the next ones, if it is still valid. The database says so, for
each request, as for the anonymous page cache: the newest change of the log is the one that the
request has just read as its page's cursor, and people and tags are what they were. So nothing is
ever shown that is older than what was committed before the request.

What is kept is shared by requests: it is never written to.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from sys import getsizeof
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection

from accounts.models import User
from bookshelf.bounded_store import BoundedStore
from bookshelf.counters import COUNTERS
from bookshelf.log import Cursor
from posts.models import Comment, Post
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


def kept_reading(
    key: Key, cursor: Cursor, read: Callable[[], T], about: Callable[[T], tuple[Shown, int]]
) -> Reading[T]:
    """Return what `read` returns, or has returned for the same key, if that is still valid.

    `cursor` is the log's, read for this request and before this. `about` tells of what was read
    which people and tags it shows, and how many bytes it takes.
    """
    # A transaction may see what others do not see yet, or no longer.
    may_be_kept = not connection.in_atomic_block
    kept = READINGS.get(key) if may_be_kept else None
    if kept is not None and is_valid(kept, cursor):
        COUNTERS.readings_reused += 1
        return kept
    value = read()
    made = Reading(value, cursor, *about(value), monotonic())
    if may_be_kept:
        READINGS.put(key, made)
    return made


def size_of(
    posts: Iterable[Post], comments: Iterable[Comment] = (), people: Iterable[User] = ()
) -> int:
    """Return the bytes that these take, about, comments with their replies."""
    said = [each for comment in comments for each in (comment, *comment.replies_shown)]
    texts = [*(post.body for post in posts), *(comment.body for comment in said)]
    texts += [person.about for person in people]
    return A_READING + sum(A_ROW + getsizeof(text) for text in texts)


def is_valid(kept: Reading[Any], cursor: Cursor) -> bool:
    """Return whether the database still has what was read. At most three small queries."""
    is_young = monotonic() - kept.at < MAX_AGE
    return is_young and kept.cursor == cursor and are_current([kept.shown])[0]
