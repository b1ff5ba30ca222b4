"""How many sockets an address may open, and have open, in one process.

In memory alone: a socket costs the process that it is connected to, and no other.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.typing import WebSocketScope
from django.conf import settings

from accounts.limits import network_of
from accounts.rate_counters import Buckets, Share

MOST_OPEN = 1_000
"""Sockets that one address may have open: an office or a school behind one address has fewer."""

CONNECTS = [Share(600, 60)]
"""Sockets that it may open: 600 at once, and ten a second after that.

When a process restarts all its readers come back within ten seconds, and each hidden tab that is
shown opens one.
"""


class Admission:
    """Counts the sockets of each address."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._connects = Buckets()

    @contextmanager
    def admitted(self, scope: WebSocketScope) -> Iterator[bool]:
        """Count a socket as open for as long as the context lasts, and say whether it may be."""
        if not settings.RATE_LIMITS:
            yield True
            return
        network = network_of_socket(scope)
        if self._open[network] >= MOST_OPEN or not self._connects.count_here(CONNECTS, network):
            yield False
            return
        self._open[network] += 1
        try:
            yield True
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]


ADMISSION = Admission()
"""Of this process."""


def network_of_socket(scope: WebSocketScope) -> str:
    """Return the address, or the IPv6 network, that a socket is counted by."""
    client = scope.get("client")
    try:
        return network_of(client[0]) if client else "unknown"
    except ValueError:
        # A UNIX socket, and no proxy in front of it that says who asks.
        return "unknown"
