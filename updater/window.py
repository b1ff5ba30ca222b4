"""The recent part of the change log, held in memory: what catching up is answered from."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Self

from bookshelf.log import START, Change, Cursor, knows

SPAN = 2_000
"""How many changes behind a cursor may be; further back, the page reloads (a reset)."""


class Rewritten(Exception):
    """The log is not the one that was read before: the database was restored or emptied."""


class Window:
    """Consecutive changes up to the last one read. Costs no query once it reaches back enough.

    Used by one thread at a time.
    """

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=SPAN + 1)
        self.cursor = START

    @classmethod
    def at_the_end(cls) -> Self:
        """Open a window on the log's last change. One query."""
        window = cls()
        newest = Change.objects.newest()
        if newest is not None:
            window._take([newest])
        return window

    def read(self) -> list[Change]:
        """Read on to the end of the log: return the changes that are new. One query.

        One more for each SPAN of changes. Raises Rewritten when the log does not continue what
        was read before. When it fails, nothing has been read.
        """
        new: list[Change] = []
        cursor = self.cursor
        while True:
            rows = list(Change.objects.since(cursor)[: SPAN + 1])
            if not knows(rows, cursor):
                raise Rewritten
            new += rows if cursor == START else rows[1:]
            if len(rows) <= SPAN:
                self._take(new)
                return new
            cursor = rows[-1].cursor

    def reach_back(self, cursors: Iterable[Cursor]) -> None:
        """Make the window cover those of these cursors that are not too far behind. One query."""
        seqs = [cursor.seq for cursor in cursors if self._within_span(cursor)]
        first = self._changes[0].seq if self._changes else 1
        if not seqs or min(seqs) >= first:
            return
        older = list(Change.objects.before(first).filter(seq__gte=min(seqs)))
        for change in reversed(older):
            if change.seq != self._changes[0].seq - 1:
                break
            self._changes.appendleft(change)

    def after(self, cursor: Cursor) -> list[Change] | None:
        """Return the changes after `cursor`; None when this log does not know it, or no longer."""
        if cursor == self.cursor:
            return []
        if not self._within_span(cursor):
            return None
        first = self._changes[0].seq
        if cursor == START:
            return list(self._changes) if first == 1 else None
        if cursor.seq < first:
            return None
        position = cursor.seq - first
        if self._changes[position].word != cursor.word:
            return None
        return list(islice(self._changes, position + 1, None))

    def _within_span(self, cursor: Cursor) -> bool:
        return 0 <= self.cursor.seq - cursor.seq <= SPAN and bool(self._changes)

    def _take(self, new: list[Change]) -> None:
        self._changes.extend(new)
        if new:
            self.cursor = new[-1].cursor
