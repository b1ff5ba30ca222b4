"""The load: thousands of readers in one process, and next to no cost for each of them.

    python -m bench.client

Speaks just as much WebSocket and HTTP as is needed, on bare sockets and epoll. Takes commands from
its input and answers each on its output, one line of JSON each; bench/talk.py is the other end.
Times are in seconds of the monotonic clock, which all processes of a machine share.
"""

import json
import os
import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
STDIN = 0


def masked(opcode: int, payload: bytes) -> bytes:
    """Return a frame as clients send it. The mask is zero, which leaves the payload as it is."""
    size = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | size if size < 126 else 0xFE)
    return head + (b"" if size < 126 else struct.pack("!H", size)) + b"\0\0\0\0" + payload


class Reader:
    """One WebSocket, told apart by `crowd`."""

    __slots__ = ("buffer", "crowd", "frames", "open", "ready", "seen", "sock")

    def __init__(self, crowd: "Crowd", sock: socket.socket) -> None:
        self.crowd = crowd
        self.sock = sock
        self.buffer = b""
        self.open = self.ready = self.seen = False
        self.frames = 0

    def take(self) -> None:
        """Read what has come."""
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.crowd.lost(self)
            return
        if self.buffer:
            data = self.buffer + data
        if not self.open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self.buffer = data
                return
            if b" 101 " not in data[:20]:
                self.crowd.lost(self, data[:60].decode("latin1"))
                return
            data = data[end + 4 :]
            self.opened()
        self.buffer = self.read_frames(data)

    def opened(self) -> None:
        self.open = True
        crowd = self.crowd
        if crowd.hello is not None:
            self.sock.send(crowd.hello)
        if crowd.until is None:
            self.ready = True
            crowd.became_ready()

    def read_frames(self, data: bytes) -> bytes:
        """Take all whole frames; return the rest."""
        at, there, crowd = 0, len(data), self.crowd
        while there - at >= 2:
            size, start = data[at + 1] & 127, at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
            if there < start + size:
                break
            opcode = data[at] & 15
            if opcode == TEXT:
                self.frames += 1
                if not self.ready:
                    if data.find(crowd.until, start, start + size) >= 0:
                        self.ready = True
                        crowd.became_ready()
                elif (
                    not self.seen
                    and crowd.marker is not None
                    and data.find(crowd.marker, start, start + size) >= 0
                ):
                    self.seen = True
                    crowd.saw()
            elif opcode == PING:
                self.sock.send(masked(PONG, data[start : start + size]))
            elif opcode == CLOSE:
                crowd.lost(self, f"closed {data[start : start + size]!r}")
                return b""
            at = start + size
        return data[at:]


class Crowd:
    """The readers of one server."""

    def __init__(self, epoll: select.epoll, readers: dict[int, Any]) -> None:
        self.epoll = epoll
        self.by_fd = readers
        self.members: list[Reader] = []
        self.hello: bytes | None = None
        self.until: bytes | None = None
        self.marker: bytes | None = None
        self.missing = 0
        self.unready = 0
        self.last = 0.0
        self.gone: list[str] = []
        self.on_ready: Callable[[], None] | None = None

    def open_one(self, port: int, request: bytes) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", port))
        reader = Reader(self, sock)
        self.members.append(reader)
        self.by_fd[sock.fileno()] = (reader, request)
        # Writable once it is connected.
        self.epoll.register(sock.fileno(), select.EPOLLOUT)

    def became_ready(self) -> None:
        self.unready -= 1
        if not self.unready and self.on_ready:
            self.on_ready()

    def saw(self) -> None:
        self.missing -= 1
        if not self.missing:
            self.last = time.monotonic()

    def lost(self, reader: Reader, why: str = "cut off") -> None:
        self.forget(reader)
        self.members.remove(reader)
        self.gone.append(why)
        if not reader.ready:
            self.became_ready()

    def forget(self, reader: Reader) -> None:
        fd = reader.sock.fileno()
        if fd >= 0:
            self.by_fd.pop(fd, None)
            self.epoll.unregister(fd)
            reader.sock.close()


class Client:
    """Runs the commands; each is a method that answers when it is done."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.by_fd: dict[int, Any] = {}
        self.crowds: dict[str, Crowd] = {}
        self.lines = b""
        self.waiting: Callable[[], dict | None] | None = None
        self.until = 0.0
        self.later: tuple[float, Callable[[], None]] | None = None
        self.epoll.register(STDIN, select.EPOLLIN)

    def crowd(self, name: str) -> Crowd:
        if name not in self.crowds:
            self.crowds[name] = Crowd(self.epoll, self.by_fd)
        return self.crowds[name]

    def run(self) -> None:
        while True:
            if self.later and self.later[0] <= time.monotonic():
                (_, do), self.later = self.later, None
                do()
            for fd, event in self.epoll.poll(self.patience(), 1024):
                if fd == STDIN:
                    data = os.read(STDIN, 1 << 16)
                    if not data:
                        return
                    self.lines += data
                elif fd in self.by_fd:
                    self.handle(fd, event)
            if self.waiting:
                answer = self.waiting()
                if answer is None and time.monotonic() > self.until:
                    answer = {"late": True}
                if answer is not None:
                    self.waiting = None
                    print(json.dumps(answer), flush=True)
            while not self.waiting and b"\n" in self.lines:
                line, self.lines = self.lines.split(b"\n", 1)
                command = json.loads(line)
                self.until = time.monotonic() + command.pop("within", 60)
                self.waiting = getattr(self, "do_" + command.pop("do"))(**command)

    def patience(self) -> float:
        """Return the seconds for which nothing has to be done but what the sockets ask for."""
        if self.later:
            return max(0, self.later[0] - time.monotonic())
        return 0.05 if self.waiting else -1

    def handle(self, fd: int, event: int) -> None:
        entry = self.by_fd[fd]
        if isinstance(entry, tuple):
            reader, request = entry
            try:
                reader.sock.send(request)
            except OSError as error:
                reader.crowd.lost(reader, str(error))
                return
            self.by_fd[fd] = reader
            self.epoll.modify(fd, select.EPOLLIN)
        else:
            entry.take()

    # --- Commands ----------------------------------------------------------------------------

    def do_connect(
        self,
        crowd: str,
        port: int,
        path: str,
        n: int,
        burst: int,
        hello: Any,
        until: str | None,
        every: float | None = None,
    ) -> Callable[[], dict | None]:
        """Connect `n` readers, `burst` at a time.

        The next burst comes when the last one is ready; with `every` so many seconds after the last
        began, as people come who do not know of each other. Ready is who is open, or has received
        `until` in answer to `hello`.
        """
        here = self.crowd(crowd)
        here.hello = None if hello is None else masked(TEXT, hello.encode())
        here.until = None if until is None else until.encode()
        request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
        left = n
        began = time.monotonic()
        took: list[float] = []

        def next_burst() -> None:
            nonlocal left
            many = min(left, burst)
            left -= many
            here.unready += many
            for _ in range(many):
                here.open_one(port, request)
            if left and every is not None:
                self.later = began + every * (n - left) / burst, next_burst

        def all_ready() -> None:
            if not left:
                took.append(time.monotonic() - began)
            elif every is None:
                next_burst()

        here.on_ready = all_ready
        next_burst()

        def done() -> dict | None:
            return (
                {"seconds": took[0], "gone": here.gone[:3], "readers": len(here.members)}
                if (took)
                else None
            )

        return done

    def do_expect(self, crowd: str, marker: str) -> Callable[[], dict | None]:
        """From now on look for `marker` in what the crowd receives."""
        here = self.crowd(crowd)
        here.marker = marker.encode()
        here.missing = len(here.members)
        for reader in here.members:
            reader.seen = False
            reader.frames = 0
        return lambda: {}

    def do_wait(self, crowd: str) -> Callable[[], dict | None]:
        """Wait until every reader of the crowd has received the marker."""
        here = self.crowd(crowd)

        def done() -> dict | None:
            if here.missing:
                return None
            frames = sum(reader.frames for reader in here.members)
            return {"last": here.last, "frames": frames, "gone": here.gone[:3]}

        return done

    def do_say(self, crowd: str, texts: list[str]) -> Callable[[], dict | None]:
        """Have every reader send a text, each the next one of `texts`, all at once."""
        frames = [masked(TEXT, text.encode()) for text in texts]
        began = time.monotonic()
        for number, reader in enumerate(self.crowd(crowd).members):
            reader.sock.send(frames[number % len(frames)])
        return lambda: {"began": began}

    def do_close(self, crowd: str) -> Callable[[], dict | None]:
        """Cut all readers of the crowd off."""
        here = self.crowds.pop(crowd, None)
        for reader in here.members if here else ():
            here.forget(reader)
        return lambda: {}

    def do_get(self, port: int, path: str, n: int, lanes: int) -> Callable[[], dict | None]:
        """Ask `n` times for a page, on `lanes` connections that are kept."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        count = Count(n)
        began = time.monotonic()
        for _ in range(lanes):
            lane = Lane(request, count)
            lane.sock.connect(("127.0.0.1", port))
            self.by_fd[lane.sock.fileno()] = lane
            self.epoll.register(lane.sock.fileno(), select.EPOLLIN)
            lane.ask()

        def done() -> dict | None:
            if not count.done:
                return None
            for fd, lane in list(self.by_fd.items()):
                if isinstance(lane, Lane):
                    del self.by_fd[fd]
                    self.epoll.unregister(fd)
                    lane.sock.close()
            return {"seconds": count.done - began, "bytes": count.bytes}

        return done


class Count:
    """How many answers are still wanted, and when the last one came."""

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
        self.there = 0
        self.whole = 0

    def ask(self) -> None:
        if self.count.to_ask:
            self.count.to_ask -= 1
            self.sock.send(self.request)

    def take(self) -> None:
        data = self.sock.recv(1 << 18)
        if not data:
            raise SystemExit("an answer was cut off")
        self.there += len(data)
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
        if self.there >= self.whole:
            self.parts.clear()
            self.there = self.whole = 0
            self.count.to_come -= 1
            if not self.count.to_come:
                self.count.done = time.monotonic()
            self.ask()


if __name__ == "__main__":
    sys.exit(Client().run())
