"""Graceful shutdown: drain the sockets on SIGTERM, then let the server stop.

Servers end all sockets at once (Daphne without a close frame, uvicorn with one), and as many pages
come back to the next process in the same second. So we take SIGTERM before the server does. From
then on the process reports "stopping" and takes no new socket. It closes its sockets over a few
seconds, answers the requests that are running, and then passes the signal on to the server.
"""

import asyncio
import logging
import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
    WebSocketScope,
)
from twisted.internet.interfaces import IListeningPort

from updater import consumers, shared_stream
from updater.close_codes import CloseCode
from updater.reader import Reader

logger = logging.getLogger(__name__)

EACH_SECOND = 100
"""Sockets that are closed in a second, unless they are too many for SPREAD."""

SPREAD = 5.0
"""Seconds within which all of them are closed."""

REQUESTS_WITHIN = 3.0
"""Seconds that requests which are running get. With SPREAD that is less than the 10 s after which
container runtimes kill a process."""

STEP = 0.05
"""Seconds from one look at the running requests to the next."""

Handler = Callable[[int, FrameType | None], Any]


class GracefulShutdown:
    """An ASGI application around another: it handles SIGTERM, and counts the running requests."""

    def __init__(self, application: ASGI3Application) -> None:
        self.stopping = False
        self._application = application
        self._requests = 0
        self._has_signal = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if not self._has_signal:
            self._take_signal()
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif self.stopping and scope["type"] == "websocket":
            await refuse(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _answer(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        async def send_last(event: ASGISendEvent) -> None:
            if self.stopping and event["type"] == "http.response.start":
                # No client is to send a further request on a connection that is about to end.
                headers = [*event.get("headers", ()), (b"connection", b"close")]
                await send({**event, "headers": headers})
            else:
                await send(event)

        self._requests += 1
        try:
            await self._application(scope, receive, send_last)
        finally:
            self._requests -= 1

    # --- The signal ----------------------------------------------------------------------------

    def _take_signal(self) -> None:
        """Take SIGTERM from the server, which has set its handler by the time it serves.

        Not when the server has no handler, such as in a test or in a thread of `runserver`.
        """
        server = signal.getsignal(signal.SIGTERM)
        in_main_thread = threading.current_thread() is threading.main_thread()
        if not in_main_thread or not callable(server):
            return
        self._has_signal = True
        loop = asyncio.get_running_loop()
        signal.signal(signal.SIGTERM, partial(self._on_signal, loop, server))

    def _on_signal(
        self,
        loop: asyncio.AbstractEventLoop,
        server: Handler,
        number: int,
        frame: FrameType | None,
    ) -> None:
        if self.stopping:
            # A second signal: stop at once.
            server(number, frame)
            return
        self.stopping = True
        loop.call_soon_threadsafe(self._begin, server, number)

    def _begin(self, server: Handler, number: int) -> None:
        self._task = asyncio.get_running_loop().create_task(self._shut_down(server, number))

    async def _shut_down(self, server: Handler, number: int) -> None:
        try:
            stream = shared_stream.current()
            readers = list(stream.all_readers()) if stream else []
            over = min(SPREAD, len(readers) / EACH_SECOND)
            logger.info("stopping readers=%d over=%.1fs", len(readers), over)
            await close_evenly(readers, over)
            stop_listening()
            await self._finish_requests()
        except Exception:
            logger.exception("stopping at once")
        finally:
            logger.info("stopped requests_cut_off=%d", self._requests)
            server(number, None)

    async def _finish_requests(self) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + REQUESTS_WITHIN
        while self._requests and clock() < until:
            await asyncio.sleep(STEP)
        # The last response is still on its way out of this process.
        await asyncio.sleep(2 * STEP)


async def close_evenly(readers: list[Reader], over: float) -> None:
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
            reader.close(CloseCode.STOPPING)


async def refuse(
    scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Refuse a socket: 503 where the server can send that (uvicorn), else 403 (Daphne)."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await consumers.refuse(scope, receive, send)
        return
    await receive()
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"1")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"stopping", "more_body": False})


def stop_listening() -> None:
    """Accept no new connection. On Daphne; uvicorn does so when it gets the signal."""
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not reactor.running:
        return
    for port in reactor.getReaders():
        if IListeningPort.providedBy(port):
            with suppress(Exception):
                # Accept first what the kernel has accepted: it would be cut off otherwise.
                port.doRead()
                port.stopListening()
