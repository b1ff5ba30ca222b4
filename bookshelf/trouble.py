"""What lasts is said once when it begins and once when it ends, however often it is met between."""

import asyncio
import logging
import threading
import time

QUIET = 60.0


class Trouble:
    """Something that is either well or not: Redis, the database.

    Safe to use from several threads.
    """

    def __init__(self, logger: logging.Logger, name: str) -> None:
        self._logger = logger
        self._name = name
        self._since: float | None = None
        self._last = 0.0
        self._times = 0
        self._lock = threading.Lock()

    @property
    def lasts(self) -> bool:
        """Whether it was met, and is not over."""
        return self._since is not None

    def met(self, error: BaseException) -> None:
        """It is not well. The first time is a line in the log: `<name> lost error=…`.

        So is the first in QUIET seconds: perhaps nobody has noticed that it was well between.
        """
        now = time.monotonic()
        with self._lock:
            last, self._last = self._last, now
            self._times += 1
            if self._since is not None and now - last < QUIET:
                return
            self._since = self._since or now
        self._logger.warning("%s lost error=%s", self._name, in_a_line(error))

    def over(self) -> None:
        """It is well. The first time after it was not is a line: `<name> back after=…s times=…`."""
        # Nearly always so; without the lock.
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            times, self._times = self._times, 0
        if since is not None:
            after = time.monotonic() - since
            self._logger.warning("%s back after=%.1fs times=%d", self._name, after, times)


database_trouble = Trouble(logging.getLogger("bookshelf.database"), "database")
"""Whether the database answered when it was asked last, from wherever in this process."""


class Often:
    """Something that may come in floods: the first is a line in the log, what follows it a sum.

    Used by the event loop.
    """

    def __init__(self, logger: logging.Logger, message: str, *, every: float = 10.0) -> None:
        """`message` gets ` count=…` at its end: how many in the last `every` seconds."""
        self._logger = logger
        self._message = f"{message} count=%d"
        self._every = every
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more: dict[tuple[object, ...], int] = {}

    def met(self, *details: object) -> None:
        """It happened once more, with these details for the message."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._more = loop, {}
        if details in self._more:
            self._more[details] += 1
        else:
            self._say(details, 1)

    def _say(self, details: tuple[object, ...], count: int) -> None:
        self._logger.warning(self._message, *details, count)
        self._more[details] = 0
        asyncio.get_running_loop().call_later(self._every, self._sum_up, details)

    def _sum_up(self, details: tuple[object, ...]) -> None:
        count = self._more.pop(details, 0)
        if count:
            self._say(details, count)


class NoFaultOfAClient(logging.Filter):
    """Leaves out that a client sent bytes which are no text: uvicorn adds a traceback to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether this line is to be written."""
        return not str(record.msg).startswith("Invalid UTF-8 sequence received from client")


def in_a_line(error: BaseException) -> str:
    """Return an error as one short word or line: its kind, and the beginning of what it says."""
    said = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}({said})" if said else type(error).__name__
