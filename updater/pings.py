"""What idle readers cost on Daphne, lowered: pings, and walks over all sockets.

Autobahn makes each ping anew, and has the event loop call back to send it: four system calls for
one. And it takes a pong apart as it would any message. Here all pings of a second have the same
bytes, written at once, and a pong that is the expected one is compared and no more.

Daphne walks over all sockets once a second for applications that have ended, and once in two for
pings that are due. With many sockets it does so every WALK_EVERY seconds here.

What becomes of a reader that does not answer is left to Daphne and Autobahn.
docs/dependencies.md lists the private names that this uses.
"""

import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

PING, PONG, MASKED = 0x89, 0x8A, 0x80

NEEDED = {"_sendAutoPing", "dataReceived", "check_timeouts", "onAutoPingTimeout", "STATE_OPEN"}
"""What a protocol's class has to have."""

PAYLOAD = 20
"""Bytes: Autobahn reads the time and the number of a ping from its first twelve."""


class Ping:
    """The pings of one second: their payload, and the whole frame."""

    def __init__(self) -> None:
        self.second = -1
        self.payload = self.frame = b""
        self._number = 0

    def renew(self) -> None:
        """Make another one, if the last one is older than a second."""
        now = time.time_ns()
        if self.second != now // 1_000_000_000:
            self.second = now // 1_000_000_000
            self._number = (self._number + 1) & 0xFFFFFFFF
            self.payload = struct.pack(">QL", now, self._number) + os.urandom(PAYLOAD - 12)
            self.frame = bytes((PING, PAYLOAD)) + self.payload


MANY = 1_000
"""Sockets from which on a walk over all of them is dear."""

WALK_EVERY = 5.0
"""Seconds from one such walk to the next. A ping comes so much later at most."""

_done: set[type[Any]] = set()


def ping_cheaply(kind: type[Any], write: Callable[[Any, bytes], bool]) -> None:
    """Replace how this class of protocols pings. `write` sends a whole message, or returns False.

    A class in which something is missing is left as it is. Twice is once.
    """
    if kind in _done:
        return
    _done.add(kind)
    if not all(hasattr(kind, name) for name in NEEDED):
        return
    ping = Ping()
    autobahns_ping, autobahns_data = kind._sendAutoPing, kind.dataReceived
    daphnes_check = kind.check_timeouts

    def check_timeouts(self: Any) -> None:
        # Every two seconds, for each: nearly always nothing is due.
        now, server = time.time(), self.server
        if (
            self.state != self.STATE_OPEN
            or now - self.last_ping > server.ping_interval
            or 0 <= server.websocket_timeout < now - self.socket_opened
        ):
            daphnes_check(self)

    def send_ping(self: Any) -> None:
        ping.renew()
        if not self.autoPingTimeout or self.autoPingInterval or not write(self, ping.frame):
            autobahns_ping(self)
            return
        self.autoPingPending = ping.payload
        self.autoPingTimeoutCall = self.factory._batched_timer.call_later(
            self.autoPingTimeout, self.onAutoPingTimeout
        )

    def data_received(self: Any, data: bytes) -> None:
        if (
            self.autoPingPending
            and is_pong(data, self.autoPingPending)
            and self.state == self.STATE_OPEN
            and not self.data
            and self.current_frame is None
            and self.autoPingTimeoutCall
        ):
            self.autoPingTimeoutCall.cancel()
            self.autoPingTimeoutCall = self.autoPingPending = None
        else:
            autobahns_data(self, data)

    kind._sendAutoPing, kind.dataReceived = send_ping, data_received
    kind.check_timeouts = check_timeouts


def walk_less_often(kind: type[Any]) -> None:
    """Have Daphne's server walk over its sockets less often when they are many. Twice is once."""
    if kind in _done:
        return
    _done.add(kind)
    for name in ("application_checker", "timeout_checker"):
        if hasattr(kind, name):
            setattr(kind, name, _less_often(name, getattr(kind, name)))


def _less_often(name: str, walk: Callable[[Any], None]) -> Callable[[Any], None]:
    walked_at = 0.0

    def walk_if_due(self: Any) -> None:
        nonlocal walked_at
        if len(self.connections) >= MANY and time.monotonic() < walked_at + WALK_EVERY:
            # As each of its walks does when it is done.
            sys.modules["twisted.internet.reactor"].callLater(1, getattr(self, name))
            return
        walked_at = time.monotonic()
        walk(self)

    return walk_if_due


def is_pong(data: bytes, payload: bytes) -> bool:
    """Return whether `data` is one whole pong of a client with this payload, and nothing more."""
    size = len(payload)
    if len(data) != 6 + size or data[0] != PONG or data[1] != MASKED | size or size % 4:
        return False
    mask = int.from_bytes(data[2:6] * (size // 4))
    return int.from_bytes(data[6:]) ^ mask == int.from_bytes(payload)
