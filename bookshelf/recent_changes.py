"""The end of the log, as this process has read it last: what has happened between two places.

A change of the log never becomes another one, and none comes in between two others. So what was
read for one page serves all others until something new happens.
"""

from typing import NamedTuple

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Change, Cursor

MOST_CHANGES = 100
"""How far back the log is looked at: what is older than that is made anew. Fewer than an open page
may be behind before it has to reload (updater/log_reader.py)."""


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
"""The newest first. Replaced as a whole, as other threads read it."""

SINCE = CompiledQuery(
    lambda oldest: (
        Change.objects.filter(seq__gte=oldest[0])
        .order_by("-seq")
        .values_list("word", "seq", "kind", "post_id")[:MOST_CHANGES]
    )
)


def read_changes(oldest: Cursor, newest: Cursor) -> list[RecentChange]:
    """Return the end of the log, the newest first, from the change on that `oldest` names.

    As far back as MOST_CHANGES, so it may begin later. `newest` is where the caller knows the log
    to be; changes after that may be among them. One query at most; call it outside of transactions,
    which may see what others do not see.
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
