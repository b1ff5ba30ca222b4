"""Close the sockets of one process whose session has ended.

Nothing announces the end of a session (accounts/sessions/sign_ins.py says why). Each process that
has signed-in readers compares their sign-ins with the database twice a second, and so needs no
channel layer for it. Without signed-in readers there is no query.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from accounts.sessions.sign_ins import AT_ONCE, changed_sign_ins
from bookshelf.counters import COUNTERS
from bookshelf.outages import Outage
from updater.close_codes import CloseCode
from updater.reader import Reader

logger = logging.getLogger(__name__)

SESSIONS_EVERY = 0.5
"""Seconds from one check of all sign-ins to the next. Sockets have to close within 1 s."""


class SessionWatch:
    """Closes the sockets of one update stream whose session has ended.

    `in_thread` runs work that waits for the database; `leave` has the stream forget a reader.
    """

    def __init__(
        self, in_thread: Callable[..., Awaitable[Any]], leave: Callable[[Reader], None]
    ) -> None:
        self._in_thread = in_thread
        self._leave = leave
        self._readers: set[Reader] = set()
        self._outage = Outage(logger, "session check")

    def enter(self, reader: Reader) -> None:
        """Watch this reader's session, if it is signed in. Twice is once."""
        if reader.sign_in is not None:
            self._readers.add(reader)

    def leave(self, reader: Reader) -> None:
        """Stop watching it."""
        self._readers.discard(reader)

    async def run(self) -> None:
        """Check all sessions every SESSIONS_EVERY seconds, for ever."""
        while True:
            await asyncio.sleep(SESSIONS_EVERY)
            await self.check()

    async def check(self) -> None:
        """Close the sockets whose session has ended. Without a database none is closed."""
        readers = list(self._readers)
        try:
            # In parts, so that a reading of the log does not wait for thousands of sessions.
            for start in range(0, len(readers), AT_ONCE):
                await self._check(readers[start : start + AT_ONCE])
        except Exception as error:
            self._outage.record_failure(error)
        else:
            self._outage.record_recovery()

    async def _check(self, readers: list[Reader]) -> None:
        changed = await self._in_thread(changed_sign_ins, {reader.sign_in for reader in readers})
        for reader in readers if changed else ():
            if reader.gone or reader.sign_in not in changed:
                continue
            reader.sign_in = changed[reader.sign_in]
            if reader.sign_in is None:
                self._close(reader)

    def _close(self, reader: Reader) -> None:
        stuck = reader.full
        self._leave(reader)
        reader.close(CloseCode.SIGNED_OUT)
        if stuck:
            # The close frame would not reach it in time, and what it has not read yet was for its
            # user.
            reader.abort()
        COUNTERS.signed_out += 1
