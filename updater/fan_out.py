"""Fan-out: send the frames of a reading to the readers, and move those to the states that follow.

Nothing here waits for a reader. For one more of them there is no query, no thread and no rendering.
"""

import asyncio
from itertools import chain

from bookshelf.counters import COUNTERS
from bookshelf.log import Cursor
from updater.catch_up_cache import CatchUpCache
from updater.frames import Frame, reset_frame
from updater.log_reader import ReadResult
from updater.reader import Reader, ReaderState
from updater.registry import ReaderRegistry

SLICE = 0.001
"""Seconds for which readers are served before the event loop, and so requests, get their turn."""

LIVE, WAITING = ReaderState.LIVE, ReaderState.WAITING


class FanOut:
    """Sends frames to the readers of one stream."""

    def __init__(self, readers: ReaderRegistry) -> None:
        self._readers = readers
        self._cache = CatchUpCache()

    async def send(self, result: ReadResult, requests: dict[Reader, Cursor]) -> None:
        """Send what was read: to the live readers what is new, and answers to these requests."""
        clock = asyncio.get_running_loop().time
        until = clock() + SLICE
        # Personal frames go first: the public frame moves the cursor, and so says all has come.
        for user_id, frame in result.personal.items():
            for reader in tuple(self._readers.by_user.get(user_id, ())):
                self._push(reader, [frame])
        for topics, frames in result.live.items():
            for reader in tuple(self._readers.by_topics.get(topics, ())):
                # While the event loop had its turn it may have left, or sent another cursor.
                if reader.state is LIVE:
                    self._push(reader, frames)
                if clock() > until:
                    await asyncio.sleep(0)
                    until = clock() + SLICE
        self._cache.keep(result)
        for reader, cursor in requests.items():
            if reader.state is not WAITING or reader.cursor != cursor:
                continue
            COUNTERS.catch_ups += 1
            answer = result.catch_ups[reader.topics, cursor]
            if answer is not None and reader.user_id in result.personal:
                answer = [result.personal[reader.user_id], *answer]
            self._answer(reader, answer)
            if clock() > until:
                await asyncio.sleep(0)
                until = clock() + SLICE

    def answer_from_cache(self, reader: Reader) -> bool:
        """Answer a waiting reader without a reading, from what others were answered.

        Returns False when only a reading can answer it. The reader is otherwise where all live
        ones are, and takes part in every later reading. After a restart, thousands who come back
        over seconds thus cost as many queries as the first.
        """
        if reader.user_id is not None or reader.cursor is None:
            # The personal frame stands outside of what a page loads with its cursor. It is sent
            # on every opening, and has to be read.
            return False
        try:
            frames = self._cache.response(reader.topics, reader.cursor)
        except KeyError:
            return False
        self._answer(reader, frames)
        return True

    def reset(self, reader: Reader) -> None:
        """Have the page reload. It comes back with a new socket and a new cursor."""
        COUNTERS.resets += 1
        reader.cursor = None
        if reader.push([reset_frame()]):
            self._readers.reset(reader)
        else:
            # Reset when it has drained, as its cursor is None.
            self._fall_behind(reader)

    def start_over(self) -> int:
        """Reset every page, since the log is another one; return how many there are."""
        # Not those that were reset before, nor those that have sent no cursor yet.
        served = list(chain(self._readers.waiting, *self._readers.by_topics.values()))
        behind = self._readers.behind
        count = len(served) + len(behind)
        self._cache = CatchUpCache()
        for reader in behind:
            # Reset when it has drained.
            reader.cursor = None
        for reader in served:
            self.reset(reader)
        return count

    def _answer(self, reader: Reader, frames: list[Frame] | None) -> None:
        """Send what a waiting reader missed; None stands for a reset. It is live from now on."""
        if frames is None:
            self.reset(reader)
        else:
            self._readers.go_live(reader)
            self._push(reader, frames)

    def _push(self, reader: Reader, frames: list[Frame]) -> None:
        """Send frames to a live reader. One whose connection is full falls behind."""
        if not reader.push(frames):
            # Its page is at `reader.cursor`, and goes on from there when it has drained.
            self._fall_behind(reader)

    def _fall_behind(self, reader: Reader) -> None:
        self._readers.fall_behind(reader)
        COUNTERS.slow += 1
