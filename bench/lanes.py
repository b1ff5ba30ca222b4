"""Keep-alive connections, each of which sends one request after the other."""

import socket
import time
from collections import deque
from collections.abc import Iterator


class Count:
    """The number of answers still to come, and when the last one came."""

    def __init__(self, n: int) -> None:
        self.to_ask = self.to_come = n
        self.done = 0.0
        self.bytes = 0


class Lane:
    """One connection. The next request goes out when the last one is answered, as expected."""

    def __init__(self, requests: Iterator[bytes], count: Count, expected: bytes = b"200") -> None:
        self.requests = requests
        self.count = count
        self.expected = b" " + expected + b" "
        self.sock = socket.socket()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.parts: deque[bytes] = deque()
        self.received = 0
        self.whole = 0

    def ask(self) -> None:
        if self.count.to_ask and (request := next(self.requests, None)):
            self.count.to_ask -= 1
            self.sock.send(request)

    def take(self) -> None:
        data = self.sock.recv(1 << 18)
        if not data:
            raise SystemExit("an answer was cut off")
        self.received += len(data)
        if not self.whole:
            self.parts.append(data)
            text = b"".join(self.parts)
            end = text.find(b"\r\n\r\n")
            if end < 0:
                return
            head = text[:end].lower()
            if self.expected not in head[:20]:
                raise SystemExit(f"not{self.expected.decode()}but {head[:60]!r}")
            # A 204 has none.
            size = head.partition(b"content-length:")[2].split(b"\r\n")[0] or b"0"
            self.whole = end + 4 + int(size)
            self.count.bytes = int(size)
        if self.received >= self.whole:
            self.parts.clear()
            self.received = self.whole = 0
            self.count.to_come -= 1
            if not self.count.to_come:
                self.count.done = time.monotonic()
            self.ask()
