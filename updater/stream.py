"""The update stream: one for each process and event loop, between the change log and the readers.

It is the process's only member of the group. A ring, the look every two seconds and a reader that
connects all do the same: they wake it, it reads the log once, renders what is new once, and hands
out the frames. Readings follow one another; a reader joins with a reading and takes part in every
later one, so that it can neither miss a change nor get it twice.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from typing import Any, TypeVar

from django.db import Error as DatabaseError
from django.db import connections

from accounts.sessions import users_of
from bookshelf.live import PRESENCE, SESSION_NOTICE, layer_trouble
from bookshelf.tally import TALLY
from bookshelf.trouble import Often, database_trouble, in_a_line
from posts.log import Change, Cursor
from updater.answers import Answers
from updater.doorbell import membership
from updater.frames import Frame, greeting, reset_frame
from updater.presence import Presence
from updater.reader import Reader
from updater.reading import Reading, ReadingRoom
from updater.window import Rewritten

logger = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds after which the log is read, whatever the doorbell said."""

GATHER = 0.1
"""Seconds from one reading to the next, at least: what happens meanwhile is one frame."""

STRETCH = 3.0
"""By how much that grows while the log does not come to rest: a thousand likes are a few frames."""

DRAIN_EVERY = 0.2
"""Seconds after which readers that are behind are looked after."""

STUCK_AFTER = 55.0
"""Seconds after which a reader whose connection has not drained is cut off. Pings do so earlier,
unless the clock was set back (Daphne) or what is on its way out fills the connection (uvicorn)."""

PRUNE_EVERY = 3600.0
SESSIONS_EVERY = 60.0
SLICE = 0.001
"""Seconds for which readers are served before the event loop, and so requests, get their turn."""

RESPONSE_FIRST = 0.01
"""Seconds from a ring to the reading: the author's own request, which rang, is answered first."""

SIGNED_OUT = 4401
"""Close code for a socket whose session has ended. The page connects again, as whoever it is."""

T = TypeVar("T")

_dropped = Often(logger, "slow reader dropped")


class UpdateStream:
    """Serves the readers of one event loop. Starts with the first and ends with the last."""

    def __init__(
        self,
        *,
        look_every: float = LOOK_EVERY,
        gather: float = GATHER,
        executor: Executor | None = None,
    ) -> None:
        self.readers: dict[frozenset[str], set[Reader]] = {}
        self.users: dict[int, set[Reader]] = {}
        self.cursor: Cursor | None = None
        self.read_at = asyncio.get_running_loop().time()
        self.attendants = 0
        self._look_every = look_every
        self._gather = gather
        # One thread of its own: a blocked query elsewhere holds up nothing here.
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="update-stream")
        self._room = ReadingRoom(greeting())
        self.presence = Presence(self._in_thread)
        self._wanting: dict[Reader, Cursor] = {}
        self._behind: set[Reader] = set()
        self._answers = Answers()
        self._reading = False
        self._wake = asyncio.Event()
        self._suspects: set[int] = set()
        self._tasks: list[asyncio.Task] = []

    # --- Readers come and go ---------------------------------------------------------------

    def join(self, reader: Reader, cursor: Cursor | None) -> None:
        """Serve this reader from `cursor` on. None stands for a cursor that is not one."""
        self._unseat(reader)
        self.presence.enter(reader)
        reader.cursor = cursor
        if reader.full:
            # Whoever asks and does not read is not answered, and does not become younger.
            self._behind.add(reader)
        elif cursor is None:
            self._reset(reader)
        elif self._reading or not self._answer(reader, cursor):
            self._wanting[reader] = cursor
            if not self._reading:
                self.wake()

    def leave(self, reader: Reader) -> None:
        """Forget this reader: its socket has closed."""
        reader.gone = True
        self.presence.leave(reader)
        self._unseat(reader)

    def _unseat(self, reader: Reader) -> None:
        self._wanting.pop(reader, None)
        self._behind.discard(reader)
        _discard(self.readers, reader.topics, reader)
        _discard(self.users, reader.user_id, reader)

    def everybody(self) -> Iterator[Reader]:
        """All readers that are served or about to be."""
        return chain(self._wanting, self._behind, *self.readers.values())

    @property
    def count(self) -> int:
        """How many readers there are."""
        return sum(1 for _ in self.everybody())

    @property
    def behind(self) -> int:
        """How many of them are passed over until their connection has drained."""
        return len(self._behind)

    @property
    def lag(self) -> float:
        """Seconds since the log was last read."""
        clock = asyncio.get_running_loop().time
        return round(clock() - self.read_at, 3)

    def _serve(self, reader: Reader, frames: list[Frame]) -> None:
        """Answer what the reader has missed, and have it take part from now on."""
        self.readers.setdefault(reader.topics, set()).add(reader)
        if reader.user_id is not None:
            self.users.setdefault(reader.user_id, set()).add(reader)
        self._push(reader, frames)

    def _answer(self, reader: Reader, cursor: Cursor) -> bool:
        """Answer without a reading: from what was said to others since the log last moved.

        The reader then stands where all others do, and takes part in every later reading. After a
        restart, thousands who come back over seconds thus cost as many queries as the first.
        """
        if reader.user_id is not None:
            # A bell stands outside of what a page draws anew with its cursor, and is sent on every
            # opening; it has to be read.
            return False
        try:
            frames = self._answers.to(reader.topics, cursor)
        except KeyError:
            return False
        if frames is None:
            self._reset(reader)
        else:
            self._serve(reader, frames)
        return True

    def _answer_late_comers(self) -> None:
        """Answer those who asked during a reading; who cannot be answered needs another one."""
        for reader, cursor in tuple(self._wanting.items()):
            if self._answer(reader, cursor):
                self._wanting.pop(reader, None)
        if self._wanting:
            self.wake()

    def _push(self, reader: Reader, frames: list[Frame]) -> None:
        if not reader.push(frames):
            # Its page stands at `reader.cursor`, and goes on from there when it has drained.
            self._unseat(reader)
            self._behind.add(reader)
            TALLY.slow += 1

    def _reset(self, reader: Reader) -> None:
        # It comes back with a new socket and the cursor of the page drawn anew.
        TALLY.resets += 1
        reader.cursor = None
        self._push(reader, [reset_frame()])

    # --- Running -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen and to look."""
        loop = asyncio.get_running_loop()
        work = (
            self._run(),
            self._listen(),
            self._watch_sessions(),
            self._prune(),
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
        await self._in_thread(connections.close_all)
        self._executor.shutdown(wait=False)

    def wake(self) -> None:
        """Have the log read soon: GATHER after the last reading."""
        self._wake.set()

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work` in the stream's own thread, after what was given to it before."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work, *args)
        except DatabaseError:
            # The connection may be broken; the next one is a new one.
            await loop.run_in_executor(self._executor, connections.close_all)
            raise

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        gather = self._gather
        while True:
            started, before = clock(), self.cursor
            if not await self.read():
                await asyncio.sleep(self._look_every)
                continue
            moved = self.cursor != before
            gather = min(gather * 1.25, self._gather * STRETCH) if moved else self._gather
            await asyncio.sleep(max(0, started + gather - clock()))
            while not self._wake.is_set() and clock() < started + self._look_every:
                if self._behind and self._readmit():
                    break
                # Whoever is behind is looked after more often.
                until = DRAIN_EVERY if self._behind else started + self._look_every - clock()
                with suppress(TimeoutError):
                    async with asyncio.timeout(until):
                        await self._wake.wait()

    async def _listen(self) -> None:
        """Hear the doorbell, through all that may happen to the channel layer."""
        pause = 1.0
        while True:
            try:
                async with membership() as messages:
                    # What was rung before this is in the log.
                    self.wake()
                    async for message in messages:
                        pause = 1.0
                        self._heard(message)
            except Exception as error:
                layer_trouble.met(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    def _heard(self, message: dict[str, Any]) -> None:
        if message.get("type") == PRESENCE:
            self.presence.hear(message)
            return
        if message.get("type") == SESSION_NOTICE:
            self._suspects.add(message["user_id"])
        asyncio.get_running_loop().call_later(RESPONSE_FIRST, self.wake)

    # --- One reading -------------------------------------------------------------------------

    async def read(self) -> bool:
        """Read the log, render what is new, hand it out.

        Returns False when that failed; all is then as it was, and can be done again.
        """
        self._wake.clear()
        self._readmit()
        asked = dict(self._wanting)
        self._reading = True
        try:
            reading = await self._in_thread(
                self._room.read,
                tuple(self.readers),
                {(reader.topics, cursor) for reader, cursor in asked.items()},
                frozenset(self.users),
                {reader.user_id for reader in asked if reader.user_id is not None},
            )
            await self._hand_out(reading, asked)
        except Rewritten:
            self._start_over()
        except Exception as error:
            TALLY.failed_readings += 1
            database_trouble.met(error)
            return False
        finally:
            self._reading = False
        TALLY.readings += 1
        database_trouble.over()
        self.read_at = asyncio.get_running_loop().time()
        self._answer_late_comers()
        await self._close_suspects()
        return True

    async def _hand_out(self, reading: Reading, asked: dict[Reader, Cursor]) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + SLICE
        # Personal frames go first: the public one that moves the cursor says all has come.
        for user_id, bell in reading.bells.items():
            for reader in tuple(self.users.get(user_id, ())):
                self._push(reader, [bell])
        for topics, frames in reading.live.items():
            for reader in tuple(self.readers.get(topics, ())):
                self._push(reader, frames)
                if clock() > until:
                    await asyncio.sleep(0)
                    until = clock() + SLICE
        self.cursor = reading.cursor
        self._answers.keep(reading)
        for reader, cursor in asked.items():
            # Meanwhile it may have left, or asked for something else.
            if self._wanting.get(reader) != cursor:
                continue
            del self._wanting[reader]
            TALLY.catch_ups += 1
            frames = reading.answers[reader.topics, cursor]
            if reader.user_id in reading.bells:
                frames = frames and [reading.bells[reader.user_id], *frames]
            if frames is None:
                self._reset(reader)
            else:
                self._serve(reader, frames)
            if clock() > until:
                await asyncio.sleep(0)
                until = clock() + SLICE

    def _readmit(self) -> bool:
        """Let those that were behind and have drained ask for what they missed."""
        drained = [reader for reader in self._behind if not reader.full]
        for reader in drained:
            self.join(reader, reader.cursor)
        self._drop_stuck()
        return bool(drained)

    def _drop_stuck(self) -> None:
        """Cut those off that have stopped reading."""
        before = asyncio.get_running_loop().time() - STUCK_AFTER
        for reader in [r for r in self._behind if r.full and r.full_since < before]:
            self.leave(reader)
            reader.abort()
            TALLY.dropped += 1
            _dropped.met()

    def _start_over(self) -> None:
        """The log is another one: no page's cursor means anything any more."""
        everybody = list(self.everybody())
        logger.warning("log rewritten readers_reset=%d", len(everybody))
        self._room = ReadingRoom(greeting())
        self._answers = Answers()
        self.cursor = None
        for reader in everybody:
            self._unseat(reader)
            self._reset(reader)

    # --- Now and then ------------------------------------------------------------------------

    async def _watch_sessions(self) -> None:
        while True:
            await asyncio.sleep(SESSIONS_EVERY)
            self._suspects.update(r.user_id for r in self.everybody() if r.user_id is not None)
            self.wake()

    async def _close_suspects(self) -> None:
        """Close the sockets of those suspects whose sessions have ended."""
        suspects, self._suspects = self._suspects, set()
        readers = [reader for reader in self.everybody() if reader.user_id in suspects]
        if not suspects or not readers:
            return
        try:
            valid = await self._in_thread(users_of, {reader.session_key for reader in readers})
        except Exception as error:
            logger.warning("sessions not checked error=%s", in_a_line(error))
            self._suspects |= suspects
            return
        for reader in readers:
            if valid.get(reader.session_key) != reader.user_id:
                self.leave(reader)
                reader.close(SIGNED_OUT)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_EVERY)
            try:
                pruned = await self._in_thread(Change.objects.prune)
                logger.info("log pruned changes=%d", pruned)
            except Exception as error:
                logger.warning("log not pruned error=%s", in_a_line(error))


def _discard(seats: dict[Any, set[Reader]], key: Any, reader: Reader) -> None:
    seated = seats.get(key)
    if seated is not None:
        seated.discard(reader)
        if not seated:
            del seats[key]
