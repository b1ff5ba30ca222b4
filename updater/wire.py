"""Short cuts to the sockets of the servers that we know: a frame's bytes, made once for everybody.

ASGI has the server encode each message for each socket anew; to one more reader that is most of
what a frame costs (measured by script/bench). Who is not recognised here, or whose connection is
wrapped, in TLS for example, is served through ASGI alone and gets the same frames.
"""

from collections.abc import Callable
from typing import Any

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
        """Whether what was sent before has not left yet, as far as the server lets us see it."""
        # Daphne never waits, but Twisted's transports tell that 64 KiB have not left yet.
        return getattr(getattr(protocol, "transport", None), "producerPaused", False)

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
        """Write a whole message. False when it has to go the way of ASGI."""
        return False


class DaphneWire(Wire):
    """Past Autobahn, to Twisted's transport."""

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
        transport = protocol.transport
        if protocol.state != protocol.STATE_OPEN or not transport.connected:
            return False
        if not (transport.dataBuffer or transport._tempDataBuffer):
            # At once, as asyncio does. Twisted's `write` has the event loop call back for it, which
            # is two more system calls.
            sent = transport.writeSomeData(data)
            if sent == len(data):
                return True
            if isinstance(sent, int):
                data = data[sent:]
        transport.write(data)
        return True


class UvicornWire(Wire):
    """To asyncio's transport. uvicorn's `send` waits while that has more than 64 KiB."""

    @staticmethod
    def is_full(protocol: Any) -> bool:
        return not protocol.writable.is_set()

    @staticmethod
    def write(protocol: Any, data: bytes) -> bool:
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
    # Daphne's is partial(Server.handle_reply, protocol), uvicorn's a method of it. They are told by
    # what they have: neither server is imported, and one that changes is not recognised.
    protocol = next(iter(getattr(send, "args", ())), getattr(send, "__self__", None))
    if _has(protocol, DAPHNE) and _has(protocol.transport, TWISTED):
        return DaphneWire, protocol
    if _has(protocol, UVICORN):
        return UvicornWire, protocol
    return Wire, protocol


def _has(thing: Any, names: set[str]) -> bool:
    return all(hasattr(thing, name) for name in names)
