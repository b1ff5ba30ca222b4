"""The load: thousands of readers in one process, at nearly no cost for each of them.

    python -m bench.client

Reads commands from its input and answers each on its output, one line of JSON each; bench/talk.py
is the other end. Times are seconds of the monotonic clock, which all processes of a machine share.
"""

import itertools
import json
import os
import select
import ssl
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

from bench.crowd import TEXT, Crowd, masked
from bench.lanes import Count, Lane

Answer = dict[str, Any]
"""What goes back for a command, as JSON."""

STDIN = 0


def handshake(port: int, path: str, tls: bool) -> bytes:
    """Return the request that opens a WebSocket."""
    scheme, host = ("https", f"localhost:{port}") if tls else ("http", f"127.0.0.1:{port}")
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {scheme}://{host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


class Client:
    """Run the commands. Each is a method that returns a function: its answer, or None for now."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.by_fd: dict[int, Any] = {}
        self.crowds: dict[str, Crowd] = {}
        self.lines = b""
        self.waiting: Callable[[], Answer | None] | None = None
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
                if isinstance(reader.sock, ssl.SSLSocket):
                    reader.sock.do_handshake()
                reader.sock.send(request)
            except ssl.SSLWantReadError:
                self.epoll.modify(fd, select.EPOLLIN)
                return
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
        ports: list[int],
        path: str,
        n: int,
        burst: int,
        hello: Any,
        until: str | None,
        every: float | None = None,
        keep: int = 0,
        tls: bool = False,
        network: str = "127.0.0",
        each_address: int = 10_000,
    ) -> Callable[[], Answer | None]:
        """Connect `n` readers to these ports in turn, `burst` at a time.

        The next burst comes when the last one is ready; with `every` so many seconds after the last
        began, as people come who do not know of each other. Ready is who is open, or has received
        `until` in answer to `hello`. The first `keep` of them keep what they receive. They
        come from addresses of `network` (three numbers of four), `each_address` from one.
        """
        here = self.crowd(crowd)
        here.hello = None if hello is None else masked(TEXT, hello.encode())
        here.network, here.each_address = network, each_address
        here.until = None if until is None else until.encode()
        requests = cycle((port, handshake(port, path, tls)) for port in ports)
        left = n
        began = time.monotonic()
        took: list[float] = []

        def next_burst() -> None:
            nonlocal left
            many = min(left, burst)
            left -= many
            here.unready += many
            for _ in range(many):
                reader = here.open_one(*next(requests), tls=tls)
                if len(here.members) <= keep:
                    reader.texts = []
            if left and every is not None:
                self.later = began + every * (n - left) / burst, next_burst

        def all_ready() -> None:
            if not left:
                took.append(time.monotonic() - began)
            elif every is None:
                next_burst()

        here.on_ready = all_ready
        next_burst()

        def done() -> Answer | None:
            return (
                {"seconds": took[0], "gone": here.gone[:3], "readers": len(here.members)}
                if (took)
                else None
            )

        return done

    def do_expect(self, crowd: str, marker: str) -> Callable[[], Answer | None]:
        """From now on look for `marker` in what the crowd receives."""
        here = self.crowd(crowd)
        here.marker = marker.encode()
        here.missing = len(here.members)
        for reader in here.members:
            reader.seen = 0
            reader.frames = 0
        return lambda: {}

    def do_wait(self, crowd: str) -> Callable[[], Answer | None]:
        """Wait until every reader of the crowd has received the marker."""
        here = self.crowd(crowd)

        def done() -> Answer | None:
            if here.missing:
                return None
            frames = sum(reader.frames for reader in here.members)
            return {"last": here.last, "frames": frames, "gone": here.gone[:3]}

        return done

    def do_look(self, crowd: str) -> Callable[[], Answer | None]:
        """Say how many readers there are, how many have not had the marker exactly once, and what
        those have received who keep it."""
        here = self.crowd(crowd)
        answer = {
            "readers": len(here.members),
            "gone": here.gone[:3],
            "not_once": sum(reader.seen != 1 for reader in here.members),
            "texts": [reader.texts for reader in here.members if reader.texts is not None],
        }
        return lambda: answer

    def do_forgive(self, crowd: str) -> Callable[[], Answer | None]:
        """Wait until nobody is cut off any more for half a second, and forget those who were."""
        here = self.crowd(crowd)
        seen, since = -1, 0.0

        def done() -> Answer | None:
            nonlocal seen, since
            if len(here.gone) != seen:
                seen, since = len(here.gone), time.monotonic()
            if not seen or time.monotonic() < since + 0.5:
                return None
            here.gone.clear()
            return {"forgiven": seen}

        return done

    def do_say(self, crowd: str, texts: list[str]) -> Callable[[], Answer | None]:
        """Have every reader send a text, each the next one of `texts`, all at once."""
        frames = [masked(TEXT, text.encode()) for text in texts]
        began = time.monotonic()
        for number, reader in enumerate(self.crowd(crowd).members):
            reader.sock.send(frames[number % len(frames)])
        return lambda: {"began": began}

    def do_close(self, crowd: str) -> Callable[[], Answer | None]:
        """Cut all readers of the crowd off."""
        here = self.crowds.pop(crowd, None)
        if here is not None:
            for reader in here.members:
                here.forget(reader)
        return lambda: {}

    def do_get(self, port: int, path: str, n: int, lanes: int) -> Callable[[], Answer | None]:
        """Ask `n` times for a page, on `lanes` connections that are kept."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        count = Count(n)
        return self._go(
            count, [(port, Lane(itertools.repeat(request), count)) for _ in range(lanes)]
        )

    def do_write(self, lanes: list[Any], expected: str) -> Callable[[], Answer | None]:
        """Send each lane's requests on a connection of its own; all are to be answered so.

        A lane is a port and a list of requests.
        """
        count = Count(sum(len(requests) for _, requests in lanes))
        return self._go(
            count,
            [
                (port, Lane((each.encode() for each in requests), count, expected.encode()))
                for port, requests in lanes
            ],
        )

    def _go(self, count: Count, lanes: list[tuple[int, Lane]]) -> Callable[[], Answer | None]:
        began = time.monotonic()
        for port, lane in lanes:
            lane.sock.connect(("127.0.0.1", port))
            self.by_fd[lane.sock.fileno()] = lane
            self.epoll.register(lane.sock.fileno(), select.EPOLLIN)
            lane.ask()

        def done() -> Answer | None:
            if not count.done:
                return None
            for fd, lane in list(self.by_fd.items()):
                if isinstance(lane, Lane):
                    del self.by_fd[fd]
                    self.epoll.unregister(fd)
                    lane.sock.close()
            return {"seconds": count.done - began, "bytes": count.bytes}

        return done


if __name__ == "__main__":
    Client().run()
