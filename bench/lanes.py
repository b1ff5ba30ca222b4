"""Keep-alive connections that fetch one page again and again."""

import socket
import time
from collections import deque


class Count:
    """The number of answers still to come, and when the last one came."""

    def __init__(self, n: int) -> None:
        self.to_ask = self.to_come = n
        self.done = 0.0
        self.bytes = 0


class Lane:
    """One connection that asks for the same page again and again."""

    def __init__(self, request: bytes, count: Count) -> None:
        self.request = request
        self.count = count
        self.sock = socket.socket()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.parts: deque[bytes] = deque()
        self.received = 0
        self.whole = 0

    def ask(self) -> None:
        if self.count.to_ask:
            self.count.to_ask -= 1
            self.sock.send(self.request)

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
            if b" 200 " not in head[:20]:
                raise SystemExit(f"not a page: {head[:60]!r}")
            size = head.split(b"content-length:")[1].split(b"\r\n")[0]
            self.whole = end + 4 + int(size)
            self.count.bytes = int(size)
        if self.received >= self.whole:
            self.parts.clear()
            self.received = self.whole = 0
            self.count.to_come -= 1
            if not self.count.to_come:
                self.count.done = time.monotonic()
            self.ask()
