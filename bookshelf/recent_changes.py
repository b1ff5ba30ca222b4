"""The latest changes of the log, cached in this process: what has happened between two cursors.

The log is append-only. So what was read for one page is valid for all others until the next change.
"""

from typing import NamedTuple

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Change, Cursor

MOST_CHANGES = 100
"""How many changes are read at most: pages with an older cursor are rendered again. Fewer than an
open page may be behind before it has to reload (updater/log_reader.py)."""


class RecentChange(NamedTuple):
    """What a change of the log says of what it touched."""

    word: str
    seq: int
    kind: str
    post_id: int | None

    @property
    def cursor(self) -> Cursor:
        """The place after this change."""
        return Cursor(self.word, self.seq)


_read: list[RecentChange] = []
"""The cache, newest first. Replaced as a whole, as other threads read it."""

SINCE = CompiledQuery(
    lambda oldest: (
        Change.objects.filter(seq__gte=oldest[0])
        .order_by("-seq")
        .values_list("word", "seq", "kind", "post_id")[:MOST_CHANGES]
    )
)


def read_changes(oldest: Cursor, newest: Cursor) -> list[RecentChange]:
    """Return the changes from the cursor `oldest` on, newest first, at most MOST_CHANGES.

    `newest` is the log's cursor that the caller has read; later changes may be included. One query
    at most. Call it outside of transactions: uncommitted changes must not be cached.
    """
    global _read
    if (kept := _kept(oldest, newest)) is not None:
        return kept
    _read = rows = [RecentChange(*row) for row in SINCE.rows([oldest.seq])]
    return rows


def changes_between(older: Cursor, newer: Cursor) -> list[RecentChange] | None:
    """Return the changes after `older` up to `newer`, if they have been read. No query."""
    kept = _kept(older, newer)
    return None if kept is None else after(older, kept)


def after(cursor: Cursor, changes: list[RecentChange]) -> list[RecentChange] | None:
    """Return the changes after this place, or None when it is not among them."""
    places = [change.cursor for change in changes]
    return changes[: places.index(cursor)] if cursor in places else None


def _kept(oldest: Cursor, newest: Cursor) -> list[RecentChange] | None:
    """Return what was read up to exactly `newest`, if it goes back as far as `oldest`."""
    rows = _read
    if not rows or rows[0].cursor != newest:
        return None
    return rows if rows[-1].seq <= oldest.seq <= newest.seq else None
