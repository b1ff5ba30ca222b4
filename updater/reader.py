"""One open socket, as the stream sees it."""

import asyncio
import logging
import socket
import struct
from collections.abc import Coroutine, Generator, Iterable
from contextlib import closing, suppress
from enum import Enum, auto
from types import coroutine
from typing import Any

from asgiref.typing import ASGISendCallable

from accounts.sessions.sign_ins import SignIn
from bookshelf.counters import COUNTERS
from bookshelf.log import Cursor
from updater.close_codes import CloseCode
from updater.frames import Frame
from updater.wire import wire_of

logger = logging.getLogger(__name__)

ABORT_AFTER = 10.0
"""Seconds in which a socket that is closed has to be gone."""

DISCARD_UNSENT = struct.pack("ii", 1, 0)
"""For SO_LINGER: the kernel throws away what it has not sent."""


class ReaderState(Enum):
    """Where a reader is between the opening and the end of its socket.

    updater/registry.py has the transitions, and alone sets the state.
    """

    NEW = auto()
    """Not known to a stream yet."""
    CONNECTED = auto()
    """Its page has sent no cursor yet."""
    WAITING = auto()
    """Its page has sent a cursor, and waits for what it missed."""
    LIVE = auto()
    """It gets every frame of its topics."""
    BEHIND = auto()
    """Its connection is full: it is skipped, and catches up from the log later."""
    RESET = auto()
    """Its page was sent a reset, and comes back with a new socket."""
    GONE = auto()
    """Its socket has closed, or is being closed."""


GONE = ReaderState.GONE


class Reader:
    """A socket, and how far its page has come.

    Nothing is ever queued for a slow reader. While its connection is full the stream skips it, and
    catches it up from the log when the connection has drained.
    """

    __slots__ = (
        "_protocol",
        "_send",
        "_task",
        "_wire",
        "cursor",
        "full_since",
        "network",
        "sign_in",
        "state",
        "topics",
        "user_id",
    )

    def __init__(
        self,
        send: ASGISendCallable,
        topics: frozenset[str],
        *,
        user_id: int | None = None,
        sign_in: SignIn | None = None,
        network: str = "",
    ) -> None:
        """Take the page's topics, its user, and the sign-in on which that rests.

        While the stream knows it, the reader is closed when that sign-in ends. A guest's `network`
        is what others may share with them (bookshelf/networks.py).
        """
        self.topics = topics
        self.sign_in = sign_in
        self.user_id = user_id
        self.network = network
        self.cursor: Cursor | None = None
        self.state = ReaderState.NEW
        self.full_since: float | None = None
        """When (the event loop's time) its connection was found full, and has not drained since."""
        self._send = send
        self._task: asyncio.Task[None] | None = None
        self._wire, self._protocol = wire_of(send)

    @property
    def gone(self) -> bool:
        """Whether its socket has closed, or is being closed."""
        return self.state is GONE

    @property
    def full(self) -> bool:
        """Whether what was sent before is still on its way out."""
        full = self._task is not None or self._wire.is_full(self._protocol)
        if not full:
            self.full_since = None
        elif self.full_since is None:
            self.full_since = asyncio.get_running_loop().time()
        return full

    def settle(self) -> None:
        """Give back what its server needs no more, now that the socket is open."""
        self._wire.settle(self._protocol)

    def push(self, frames: Iterable[Frame]) -> bool:
        """Send these frames, but none to a reader that is gone. Never blocks and never raises.

        Returns False when the connection does not take them all: `cursor` is then how far the page
        has come.
        """
        if self.state is GONE:
            return True
        for frame in frames:
            if self.full:
                return False
            if not self._wire.write(self._protocol, frame.wire):
                self._start(self._send(frame.message))
            COUNTERS.frames += 1
            if not frame.is_personal:
                self.cursor = frame.cursor
        return True

    def close(self, code: CloseCode) -> None:
        """Close the socket with this code. Never blocks and never raises."""
        # Autobahn refuses an enum's member: it takes nothing but an int.
        self._start(self._send({"type": "websocket.close", "code": int(code), "reason": None}))
        # A peer that does not read does not answer a close frame either.
        asyncio.get_running_loop().call_later(ABORT_AFTER, self.abort)

    def abort(self) -> None:
        """Cut the connection off, with all that is still on its way out."""
        # Closing would wait for a peer that does not read.
        transport: Any = getattr(self._protocol, "transport", None)
        if hasattr(transport, "abortConnection"):
            transport.abortConnection()
        elif hasattr(transport, "abort"):
            # asyncio's leaves the kernel with megabytes to send; Twisted's does this by itself.
            connection = transport.get_extra_info("socket")
            if connection is not None:
                with suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DISCARD_UNSENT)
            transport.abort()

    def _start(self, sending: Any) -> None:
        # Stepped by hand: nearly every send is done at the first step. With a task for each, the
        # second of two frames would find the connection full, and a frame would cost a tenth
        # (Daphne) or a fifth (uvicorn) more. Only a send that blocks becomes one.
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        except Exception as error:
            self._failed(error)
            return
        self._task = asyncio.ensure_future(_finish(sending, waiting_for))
        self._task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        # The socket is closing. uvicorn then waits until its last bytes have left, for ever when
        # the peer does not read.
        logger.debug("send failed, the socket is closing error=%r", error)
        self.abort()


@coroutine
def _finish(sending: Coroutine[Any, None, None], waiting_for: Any) -> Generator[Any, None, None]:
    """Finish a coroutine that was stepped once, by hand, and waits for `waiting_for`."""
    with closing(sending):
        yield waiting_for
        yield from sending
