"""The update stream: one for each process and event loop, between the change log and the readers.

It is the process's only member of the group. A doorbell message, the poll every two seconds and a
reader that connects all do the same: they wake it. It then reads the log once, renders what is new
once, and sends out the frames. Readings follow one another. A reader joins with one reading and
takes part in every later one, so that it can neither miss a change nor get it twice.
"""

import asyncio
import logging
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from bookshelf.counters import COUNTERS
from bookshelf.doorbell import PRESENCE
from bookshelf.log import Cursor
from bookshelf.outages import ThrottledLog, database_outage
from updater.database_thread import DatabaseThread
from updater.fan_out import FanOut
from updater.frames import greeting
from updater.log_reader import LogReader, ReadResult
from updater.presence import Presence
from updater.pruning import prune_for_ever
from updater.reader import Reader, ReaderState
from updater.registry import ReaderRegistry
from updater.sessions import SessionWatch
from updater.subscription import listen
from updater.window import Rewritten

logger = logging.getLogger(__name__)

POLL_EVERY = 2.0
"""Seconds after which the log is read without a doorbell message."""

DEBOUNCE = 0.1
"""Seconds from one reading to the next, at least: what is recorded meanwhile becomes one frame."""

STRETCH = 3.0
"""By how much that grows while the log keeps growing: a thousand likes are a few frames."""

DRAIN_EVERY = 0.2
"""Seconds after which the connections of readers that are behind are looked at."""

STUCK_AFTER = 55.0
"""Seconds after which a reader whose connection has not drained is cut off. Pings do so earlier,
unless the clock was set back (Daphne) or what is on its way out fills the connection (uvicorn)."""

RESPONSE_FIRST = 0.01
"""Seconds from a doorbell message to the reading, so that the request that sent it is answered
first."""

_dropped = ThrottledLog(logger, "slow reader dropped")


class UpdateStream:
    """Serves the readers of one event loop. Starts with the first and ends with the last."""

    def __init__(
        self,
        *,
        poll_every: float = POLL_EVERY,
        debounce: float = DEBOUNCE,
        executor: Executor | None = None,
    ) -> None:
        self.readers = ReaderRegistry()
        self.cursor: Cursor | None = None
        self.read_at = asyncio.get_running_loop().time()
        self.reference_count = 0
        self._poll_every = poll_every
        self._debounce = debounce
        self._thread = DatabaseThread(executor)
        self._in_thread = self._thread.run
        self._log_reader = LogReader(greeting)
        self.presence = Presence(self._in_thread)
        self._sessions = SessionWatch(self._in_thread, self.leave)
        self._fan_out = FanOut(self.readers)
        self._reading = False
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # --- Readers come and go ---------------------------------------------------------------

    def enter(self, reader: Reader) -> None:
        """Register this reader: its socket is open, and may not have sent a cursor yet."""
        self.readers.add(reader)
        self._sessions.enter(reader)

    def join(self, reader: Reader, cursor: Cursor | None) -> None:
        """Serve this reader from `cursor` on. None stands for a cursor that is not one."""
        if reader.gone:
            # Its socket is being closed, and its page does not know that yet.
            return
        if reader.state is ReaderState.NEW:
            self.enter(reader)
        self.presence.enter(reader)
        self.readers.await_catch_up(reader)
        reader.cursor = cursor
        if reader.full:
            # A page that asks again and does not read gets no answer, and no more time either.
            self.readers.fall_behind(reader)
        elif cursor is None:
            self._fan_out.reset(reader)
        elif self._reading:
            # Answered after it. Live now, it would miss what this reading finds, if it is the
            # first with its topics.
            pass
        elif not self._fan_out.answer_from_cache(reader):
            self.wake()

    def leave(self, reader: Reader) -> None:
        """Forget this reader: its socket has closed, or is about to. Twice is once."""
        if reader.gone:
            return
        self.readers.remove(reader)
        self._sessions.leave(reader)
        self.presence.leave(reader)

    def all_readers(self) -> frozenset[Reader]:
        """Return all readers from the opening of their sockets to the end, in whatever state."""
        return frozenset(self.readers.all)

    @property
    def count(self) -> int:
        """How many readers there are."""
        return len(self.readers.all)

    @property
    def behind(self) -> int:
        """How many of them are skipped until their connection has drained."""
        return len(self.readers.behind)

    @property
    def lag(self) -> float:
        """Seconds since the log was last read."""
        return round(asyncio.get_running_loop().time() - self.read_at, 3)

    # --- Running -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen and to poll."""
        loop = asyncio.get_running_loop()
        work = (
            self._run(),
            listen(on_subscribed=self.wake, on_message=self._on_message),
            self._sessions.run(),
            prune_for_ever(self._in_thread),
            self.presence.run(),
        )
        self._tasks = [loop.create_task(each) for each in work]

    async def stop(self) -> None:
        """End all that `start` began, and close the stream's own database connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.presence.say_goodbye()
        await self._thread.close()

    def wake(self) -> None:
        """Have the log read soon: DEBOUNCE after the last reading."""
        self._wake.set()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        debounce = self._debounce
        while True:
            started, before = clock(), self.cursor
            if not await self.read():
                await asyncio.sleep(self._poll_every)
                continue
            moved = self.cursor != before
            debounce = min(debounce * 1.25, self._debounce * STRETCH) if moved else self._debounce
            await asyncio.sleep(max(0, started + debounce - clock()))
            while not self._wake.is_set() and clock() < started + self._poll_every:
                if self.readers.behind and self._readmit():
                    break
                until_poll = started + self._poll_every - clock()
                with suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_EVERY if self.readers.behind else until_poll):
                        await self._wake.wait()

    def _on_message(self, message: dict[str, Any]) -> None:
        if message.get("type") == PRESENCE:
            self.presence.hear(message)
            return
        asyncio.get_running_loop().call_later(RESPONSE_FIRST, self.wake)

    # --- One reading -------------------------------------------------------------------------

    async def read(self) -> bool:
        """Read the log, render what is new, and send it out.

        Returns False when that failed. Everything is then as it was, and can be done again.
        """
        self._wake.clear()
        self._readmit()
        # What each asks for now: it may ask for something else during the reading.
        requests = {
            reader: reader.cursor for reader in self.readers.waiting if reader.cursor is not None
        }
        self._reading = True
        try:
            result = await self._in_thread(
                self._log_reader.read,
                tuple(self.readers.by_topics),
                {(reader.topics, cursor) for reader, cursor in requests.items()},
                frozenset(self.readers.by_user),
                {reader.user_id for reader in requests if reader.user_id is not None},
            )
            await self._send(result, requests)
        except Rewritten:
            # No cursor means anything in another log.
            self._start_over("log rewritten")
        except Exception as error:
            COUNTERS.failed_readings += 1
            database_outage.record_failure(error)
            return False
        finally:
            self._reading = False
        COUNTERS.readings += 1
        database_outage.record_recovery()
        self.read_at = asyncio.get_running_loop().time()
        self._answer_latecomers()
        return True

    async def _send(self, result: ReadResult, requests: dict[Reader, Cursor]) -> None:
        try:
            await self._fan_out.send(result, requests)
            self.cursor = result.cursor
        except Exception:
            # A fault of ours. Some readers may have missed frames that are not read again.
            logger.exception("frames not sent")
            self._start_over("frames not sent")

    def _answer_latecomers(self) -> None:
        """Answer those who asked during a reading; the others need another one."""
        for reader in tuple(self.readers.waiting):
            self._fan_out.answer_from_cache(reader)
        if self.readers.waiting:
            self.wake()

    def _readmit(self) -> bool:
        """Let those that were behind and have drained ask for what they missed."""
        drained = [reader for reader in self.readers.behind if not reader.full]
        for reader in drained:
            self.join(reader, reader.cursor)
        self._drop_stuck()
        return bool(drained)

    def _drop_stuck(self) -> None:
        """Cut those off that have stopped reading."""
        before = asyncio.get_running_loop().time() - STUCK_AFTER
        behind = [reader for reader in self.readers.behind if reader.full]
        for reader in behind:
            if reader.full_since is not None and reader.full_since < before:
                self.leave(reader)
                reader.abort()
                COUNTERS.dropped += 1
                _dropped.log()

    def _start_over(self, why: str) -> None:
        """Reset every page, and read the log as if for the first time."""
        logger.warning("%s readers_reset=%d", why, self._fan_out.start_over())
        self._log_reader = LogReader(greeting)
        self.cursor = None
