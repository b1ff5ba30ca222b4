"""One open socket, as the stream sees it."""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from types import coroutine
from typing import Any

from bookshelf.tally import TALLY
from posts.log import Cursor
from updater.frames import Frame
from updater.wire import wire_of

logger = logging.getLogger(__name__)

GOOD_BYE_WITHIN = 10.0
"""Seconds in which a socket that is closed has to be gone."""

AT_ONCE = struct.pack("ii", 1, 0)
"""For SO_LINGER: what has not been sent is thrown away."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Reader:
    """A socket and where its page stands.

    Nothing is ever queued for a slow reader. While its connection is full the stream passes it
    over, and catches it up from the log when the connection has drained.
    """

    __slots__ = (
        "_protocol",
        "_send",
        "_task",
        "_wire",
        "cursor",
        "full_since",
        "gone",
        "session_key",
        "topics",
        "user_id",
    )

    def __init__(
        self,
        send: Send,
        topics: frozenset[str],
        *,
        session_key: str | None = None,
        user_id: int | None = None,
    ) -> None:
        self.topics = topics
        self.session_key = session_key
        self.user_id = user_id
        self.cursor: Cursor | None = None
        self.gone = False
        self.full_since: float | None = None
        """When (the event loop's time) its connection was found full, and has not drained since."""
        self._send = send
        self._task: asyncio.Task | None = None
        self._wire, self._protocol = wire_of(send)

    @property
    def full(self) -> bool:
        """Whether what was sent before is still on its way out."""
        full = self._task is not None or self._wire.is_full(self._protocol)
        if not full:
            self.full_since = None
        elif self.full_since is None:
            self.full_since = asyncio.get_running_loop().time()
        return full

    def push(self, frames: Iterable[Frame]) -> bool:
        """Send these frames. Never blocks and never raises.

        Returns False when the connection does not take them all: `cursor` then tells how far the
        page has come.
        """
        for frame in frames:
            if self.gone:
                return True
            if self.full:
                return False
            if not self._wire.write(self._protocol, frame.wire):
                self._start(self._send(frame.message))
            TALLY.frames += 1
            if not frame.is_personal:
                self.cursor = frame.cursor
        return True

    def tell(self, message: dict[str, Any]) -> bool:
        """Send this event, which has no place in the log. Never blocks and never raises.

        Returns False, and sends nothing, when the connection is full.
        """
        if self.gone:
            return True
        if self.full:
            return False
        self._start(self._send(message))
        return True

    def close(self, code: int) -> None:
        """Close the socket with this code. Never blocks and never raises."""
        self._start(self._send({"type": "websocket.close", "code": code}))
        # A peer that does not read does not hear that either.
        asyncio.get_running_loop().call_later(GOOD_BYE_WITHIN, self.abort)

    def abort(self) -> None:
        """Cut the connection off, with all that is still on its way out."""
        # Closing would wait for a peer that does not read.
        transport = getattr(self._protocol, "transport", None)
        if hasattr(transport, "abortConnection"):
            transport.abortConnection()
        elif hasattr(transport, "abort"):
            # asyncio's leaves the kernel with megabytes to send; Twisted's does this by itself.
            connection = transport.get_extra_info("socket")
            if connection is not None:
                with suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            transport.abort()

    def _start(self, sending: Coroutine[Any, Any, None]) -> None:
        # Stepped by hand: nearly every send is done at the first step, and a task for each would
        # cost more than the sending. Only one that blocks (uvicorn) becomes a task.
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        except Exception as error:
            self._failed(error)
            return
        self._task = asyncio.ensure_future(_finish(sending, waiting_for))
        self._task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            self._failed(task.exception())

    def _failed(self, error: BaseException) -> None:
        # The socket is closing. uvicorn then waits until its last bytes have left, for ever when
        # the peer does not read.
        logger.debug("send failed, the socket is closing error=%r", error)
        self.abort()


@coroutine
def _finish(sending: Coroutine[Any, Any, None], waiting_for: Any) -> Generator[Any, Any, None]:
    """Run on a coroutine that was stepped by hand and waits for `waiting_for`."""
    while True:
        try:
            result = yield waiting_for
        except GeneratorExit:
            sending.close()
            raise
        except BaseException as error:
            step = sending.throw
            value: Any = error
        else:
            step = sending.send
            value = result
        try:
            waiting_for = step(value)
        except StopIteration:
            return
