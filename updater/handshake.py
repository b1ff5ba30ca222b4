"""Let go of what the handshake of a socket leaves behind on Daphne: a third of its memory.

The request that asked for the socket, its headers in three forms, and queues of which each has room
for 64 entries from the beginning stay for as long as the socket does, and nothing reads them again.

docs/dependencies.md lists the private names that this uses. What is not there is left alone.
"""

from collections import deque
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

LEFT_BEHIND = (
    *("http_request_data", "http_request_uri", "http_request_host", "http_request_params"),
    *("http_headers", "http_status_line", "http_response_data", "_wskey", "_transport_details"),
    *("clean_headers", "application_deferred", "_raw_query_string", "websocket_origin"),
)
"""Attributes of Daphne's protocol that are read before the socket is open, and not after that."""


class NothingToPause:
    """Stands for a producer that is never paused. One for all transports.

    A transport with a producer marks it as paused while what it was given has not left, which is
    how `updater.wire` sees that. Twisted's own has nothing to produce once the socket is open.
    """

    def pauseProducing(self) -> None:
        pass

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass


NOTHING_TO_PAUSE = NothingToPause()


class Few(list[Any]):
    """A queue that is nearly always empty: as a list it takes 56 bytes, as a deque 760."""

    __slots__ = ()

    def popleft(self) -> Any:
        return self.pop(0)


def forget_handshake(protocol: Any) -> None:
    """Have Daphne's protocol let go of what its handshake left. Only for a socket that is open."""
    _share_options(protocol)
    attributes = protocol.__dict__
    if hasattr(protocol, "request") and hasattr(protocol.request, "path"):
        # Daphne logs the path when the socket closes.
        protocol.request = _request(protocol.request.path)
    for name in LEFT_BEHIND:
        attributes.pop(name, None)
    if type(attributes.get("send_queue")) is deque and not attributes["send_queue"]:
        protocol.send_queue = Few()
    _shrink(getattr(protocol, "application_queue", None))
    _forget_request(protocol.transport)
    # A dictionary does not shrink by itself.
    protocol.__dict__ = {name: value for name, value in attributes.items()}  # noqa: C416


def _share_options(protocol: Any) -> None:
    """Set the factory's options on the protocol's class: new sockets then do without a copy."""
    own = protocol.__dict__
    for name in getattr(protocol, "CONFIG_ATTRS", ()):
        if name in own and own[name] is getattr(protocol.factory, name, None):
            value = own.pop(name)
            # A function would become a method.
            shared = staticmethod(value) if callable(value) else value
            setattr(type(protocol), name, shared)


@lru_cache(1_000)
def _request(path: str) -> SimpleNamespace:
    return SimpleNamespace(path=path)


def _shrink(queue: Any) -> None:
    """Take the empty deques out of an asyncio.Queue without a bound."""
    for name in ("_queue", "_getters", "_putters"):
        if type(getattr(queue, name, None)) is deque and not getattr(queue, name):
            setattr(queue, name, Few())
    # Nobody joins it.
    waiters = getattr(getattr(queue, "_finished", None), "_waiters", None)
    if type(waiters) is deque and not waiters:
        queue._finished._waiters = Few()


def _forget_request(transport: Any) -> None:
    """Have Twisted's transport let go of the HTTP request that it began with."""
    channel: Any = getattr(transport, "producer", None)
    if not hasattr(channel, "requests") or not transport.streamingProducer:
        return
    transport.producer = NOTHING_TO_PAUSE
    for request in channel.requests:
        # Else they wait for the garbage collector, one holding the other.
        request.channel = None
    channel.requests = []
