"""The log as pages read it that poll: one reader for all polls of a process.

So what one poll has rendered is at hand for the next, as it is for sockets. Each poll by itself
would render up to 200 fragments again: 0.3 s for one that was away for long.
"""

import threading
import time
from collections.abc import Collection

from bookshelf.live_objects import Topics
from bookshelf.log import Cursor
from updater.log_reader import LogReader, ReadResult
from updater.window import Rewritten

KEPT_FOR = 60.0
"""Seconds after the last poll for which what was read is kept: a later one starts anew.

What is read on from there costs time for each change since.
"""

BUSY_AFTER = 3.0
"""Seconds that a poll waits for those before it."""


class Busy(Exception):
    """Other polls take too long: this one comes again in ten seconds anyway."""


class PollReader:
    """Answers polls one after the other. Used by all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log_reader: LogReader | None = None
        self._read_at = 0.0

    def read(self, topics: Topics, cursor: Cursor, users: Collection[int]) -> ReadResult:
        """Return what a page of these topics has missed since its cursor, and what its users see.

        Raises Busy, and what the database raises.
        """
        if not self._lock.acquire(timeout=BUSY_AFTER):
            raise Busy
        try:
            log_reader, self._log_reader = self._log_reader, None
            if log_reader is None or time.monotonic() - self._read_at > KEPT_FOR:
                log_reader = LogReader()
            try:
                result = log_reader.read((), [(topics, cursor)], connecting_users=users)
            except Rewritten:
                log_reader = LogReader()
                result = log_reader.read((), [(topics, cursor)], connecting_users=users)
            # Kept only when nothing went wrong.
            self._log_reader, self._read_at = log_reader, time.monotonic()
            return result
        finally:
            self._lock.release()


POLL_READER = PollReader()
"""That of this process."""
