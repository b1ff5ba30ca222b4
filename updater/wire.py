"""Write pre-encoded frames straight to the transports of the servers that we know.

ASGI has the server encode each message again for each socket. For one more reader that is most of
what a frame costs (measured by script/bench). A server that is not recognised here, or whose
connection is wrapped, in TLS for example, is served through ASGI alone and sends the same frames.

docs/dependencies.md lists the private names that this uses.
"""

from collections.abc import Callable
from typing import Any

from updater.handshake import forget_handshake
from updater.pings import ping_cheaply, walk_less_often

TEXT = 0x81
SIZE_IN_2, SIZE_IN_8 = 126, 127


def encode(text: str) -> bytes:
    """Return `text` as a whole WebSocket message of a server (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < SIZE_IN_2:
        return bytes((TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((TEXT, SIZE_IN_2)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, SIZE_IN_8)) + size.to_bytes(8, "big") + payload


class Wire:
    """One way to a socket. This one is ASGI's alone."""

    @staticmethod
    def is_full(protocol: Any) -> bool:
        """Return whether what was sent before has not left yet, as far as the server shows it."""
        # Daphne never waits, but Twisted's transports show that 64 KiB have not left yet.
        return getattr(getattr(protocol, "transport", None), "producerPaused", False)

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
        """Write a whole message. Returns False when it has to be sent through ASGI."""
        return False

    @staticmethod
    def settle(protocol: Any) -> None:
        """Give back what is not needed once the socket is open, if anything."""


class DaphneWire(Wire):
    """Past Autobahn, to Twisted's transport. Takes half of the time that ASGI does."""

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
        """Write a whole message. Returns False when it has to be sent through ASGI."""
        transport = protocol.transport
        if protocol.state != protocol.STATE_OPEN or not transport.connected:
            return False
        if not (transport.dataBuffer or transport._tempDataBuffer):
            # At once, as asyncio does. Twisted's `write` has the event loop call back for it, which
            # is two more system calls, and half as much again.
            sent = transport.writeSomeData(data)
            if sent == len(data):
                return True
            if isinstance(sent, int):
                data = data[sent:]
        transport.write(data)
        return True

    @staticmethod
    def settle(protocol: Any) -> None:
        """Give back what is not needed once the socket is open."""
        if protocol.state == protocol.STATE_OPEN and protocol.transport.connected:
            ping_cheaply(type(protocol), DaphneWire.write)
            walk_less_often(type(getattr(protocol, "server", None)))
            forget_handshake(protocol)


class UvicornWire(Wire):
    """To asyncio's transport, an eighth cheaper than ASGI.

    uvicorn's `send` waits while more than 64 KiB have not left.
    """

    @staticmethod
    def is_full(protocol: Any) -> bool:
        """Return whether the transport has asked uvicorn to pause."""
        return not protocol.writable.is_set()

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
        """Write a whole message. Returns False when it has to be sent through ASGI."""
        transport = protocol.transport
        if not protocol.handshake_complete or protocol.close_sent or transport.is_closing():
            return False
        transport.write(data)
        return True


DAPHNE = {"transport", "state", "STATE_OPEN", "handle_reply"}
TWISTED = {"connected", "dataBuffer", "_tempDataBuffer", "producerPaused", "writeSomeData", "write"}
UVICORN = {"transport", "writable", "handshake_complete", "close_sent", "data_received"}


def wire_of(send: Callable[..., Any]) -> tuple[type[Wire], Any]:
    """Return the way to the socket of an ASGI `send`, and the server's protocol object for it."""
    # Daphne's is partial(Server.handle_reply, protocol), uvicorn's a method of it. They are
    # recognised by their attributes: neither server is imported, and one that changes is unknown.
    protocol: Any = next(iter(getattr(send, "args", ())), getattr(send, "__self__", None))
    if _has(protocol, DAPHNE) and _has(protocol.transport, TWISTED):
        return DaphneWire, protocol
    if _has(protocol, UVICORN):
        return UvicornWire, protocol
    return Wire, protocol


def _has(thing: Any, names: set[str]) -> bool:
    return all(hasattr(thing, name) for name in names)
