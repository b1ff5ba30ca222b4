"""The end of the process: its readers are sent away a few at a time, and return one by one.

Servers end all sockets at once (Daphne without a good-bye, uvicorn with one), and as many pages
come back to the next process in the same second. So we hear SIGTERM before the server does: from
then on the process says "stopping" and takes no new socket, closes those that it has over a few
seconds, answers the requests that are running, and then hands the signal on.
"""

import asyncio
import logging
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from twisted.internet.interfaces import IListeningPort

from updater import attendance

logger = logging.getLogger(__name__)

EACH_SECOND = 100
"""Readers that are sent away in a second, unless they are too many for SPREAD."""

SPREAD = 5.0
"""Seconds within which all of them are sent away."""

REQUESTS_WITHIN = 3.0
"""Seconds that requests which are running get. With SPREAD less than the 10 s after which
container runtimes kill."""

STEP = 0.05

CLOSE_CODE = 1000
"""Not 1001 or 1012, which Daphne refuses to send. Pages return after any, see base.html."""

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Event, Receive, Send], Awaitable[None]]
Handler = Callable[[int, FrameType | None], Any]


class Ending:
    """An ASGI application around another: it watches for SIGTERM, and over what is running."""

    def __init__(self, application: Application) -> None:
        self.stopping = False
        self._application = application
        self._requests = 0
        self._server: Handler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task | None = None

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if self._server is None:
            self._watch()
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif self.stopping and scope["type"] == "websocket":
            await refuse(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Event, receive: Receive, send: Send) -> None:
        async def last(event: Event) -> None:
            if self.stopping and event["type"] == "http.response.start":
                # Nobody is to send a further request on a connection that is about to end.
                headers = [*event.get("headers", ()), (b"connection", b"close")]
                event = {**event, "headers": headers}
            await send(event)

        self._requests += 1
        try:
            await self._application(scope, receive, last)
        finally:
            self._requests -= 1

    # --- The signal ----------------------------------------------------------------------------

    def _watch(self) -> None:
        """Take SIGTERM from the server, which has set its handler by the time it serves.

        Not when it has none to hand on to, such as in a test or in a thread of `runserver`.
        """
        server = signal.getsignal(signal.SIGTERM)
        here = threading.current_thread() is threading.main_thread()
        if not here or not callable(server) or server == self._heard:
            return
        self._server, self._loop = server, asyncio.get_running_loop()
        signal.signal(signal.SIGTERM, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            # Asked twice: at once.
            self._server(number, frame)
            return
        self.stopping = True
        self._loop.call_soon_threadsafe(self._begin, number)

    def _begin(self, number: int) -> None:
        self._task = self._loop.create_task(self._end(number))

    async def _end(self, number: int) -> None:
        try:
            stream = attendance.current()
            readers = list(stream.everybody()) if stream else []
            over = min(SPREAD, len(readers) / EACH_SECOND)
            logger.info("stopping readers=%d over=%.1fs", len(readers), over)
            await send_away(readers, over)
            stop_listening()
            await self._requests_are_over()
        except Exception:
            logger.exception("stopping at once")
        finally:
            logger.info("stopped requests_cut_off=%d", self._requests)
            self._server(number, None)

    async def _requests_are_over(self) -> None:
        clock = self._loop.time
        until = clock() + REQUESTS_WITHIN
        while self._requests and clock() < until:
            await asyncio.sleep(STEP)
        # What was answered last is still on its way out of this process.
        await asyncio.sleep(2 * STEP)


async def send_away(readers: list[Any], over: float) -> None:
    """Close the sockets of these readers, in any order, evenly over so many seconds."""
    random.shuffle(readers)
    clock = asyncio.get_running_loop().time
    began = clock()
    for number, reader in enumerate(readers):
        # By the clock, so that a slow loop does not make it longer.
        due = began + over * number / len(readers)
        if clock() + STEP < due:
            await asyncio.sleep(due - clock())
        if not reader.gone:
            reader.close(CLOSE_CODE)


async def refuse(scope: Event, receive: Receive, send: Send) -> None:
    """Refuse a socket: 503 where the server can say so (uvicorn), else 403 (Daphne)."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"1")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"stopping"})


def stop_listening() -> None:
    """Take no new connection. On Daphne; uvicorn does so when it gets the signal."""
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not reactor.running:
        return
    for port in reactor.getReaders():
        if IListeningPort.providedBy(port):
            with suppress(Exception):
                # Those that have knocked are let in: they would be cut off otherwise.
                port.doRead()
                port.stopListening()
