"""Log an outage once when it starts and once when it ends, however many errors it causes."""

import asyncio
import logging
import threading
import time

QUIET = 60.0


class Outage:
    """Whether a service that we depend on, such as Redis or the database, is away.

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
    def is_ongoing(self) -> bool:
        """Whether the service failed and has not answered since."""
        return self._since is not None

    def record_failure(self, error: BaseException) -> None:
        """Note that the service failed. The first failure is logged: `<name> lost error=…`.

        So is one that follows QUIET seconds without any: the service may have been back between
        without anybody asking it.
        """
        now = time.monotonic()
        with self._lock:
            last, self._last = self._last, now
            self._times += 1
            if self._since is not None and now - last < QUIET:
                return
            self._since = self._since or now
        self._logger.warning("%s lost error=%s", self._name, in_a_line(error))

    def record_recovery(self) -> None:
        """Note that the service answered. An outage's end is logged: `… back after=…s times=…`."""
        # The usual case, and a frequent call: no lock.
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            times, self._times = self._times, 0
        if since is not None:
            after = time.monotonic() - since
            self._logger.warning("%s back after=%.1fs times=%d", self._name, after, times)


database_outage = Outage(logging.getLogger("bookshelf.database"), "database")
"""Whether the database answered this process's last query."""


class ThrottledLog:
    """Log the first of many equal events at once, then their number at intervals.

    Use it in the event loop only.
    """

    def __init__(self, logger: logging.Logger, message: str, *, every: float = 10.0) -> None:
        """Add ` count=…` to `message`: the number of events in the last `every` seconds."""
        self._logger = logger
        self._message = f"{message} count=%d"
        self._every = every
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more: dict[tuple[object, ...], int] = {}

    def log(self, *details: object) -> None:
        """Count an event, with these arguments of the message."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._more = loop, {}
        if details in self._more:
            self._more[details] += 1
        else:
            self._write(details, 1)

    def _write(self, details: tuple[object, ...], count: int) -> None:
        self._logger.warning(self._message, *details, count)
        self._more[details] = 0
        asyncio.get_running_loop().call_later(self._every, self._sum_up, details)

    def _sum_up(self, details: tuple[object, ...]) -> None:
        count = self._more.pop(details, 0)
        if count:
            self._write(details, count)


class DropClientErrors(logging.Filter):
    """Drop uvicorn's traceback for a client that sent bytes that are not UTF-8."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log this record."""
        return not str(record.msg).startswith("Invalid UTF-8 sequence received from client")


def in_a_line(error: BaseException) -> str:
    """Return an error on one short line: its class, and the beginning of its message."""
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}({text})" if text else type(error).__name__
