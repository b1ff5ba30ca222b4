"""Crowds of readers: as much of WebSocket as is needed, on bare sockets and epoll."""

import select
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

BUFFER = memoryview(bytearray(1 << 18))
"""Whatever comes is read into this one: a new one of that size costs as much as the reading."""

BIND_ADDRESS_NO_PORT = 24
"""Linux' IP_BIND_ADDRESS_NO_PORT, which Python 3.11 has no name for."""

TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def masked(opcode: int, payload: bytes) -> bytes:
    """Return a frame as clients send it. The mask is zero, which leaves the payload as it is."""
    size = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | size if size < 126 else 0xFE)
    return head + (b"" if size < 126 else struct.pack("!H", size)) + b"\0\0\0\0" + payload


class Reader:
    """One WebSocket of a `crowd`."""

    __slots__ = ("buffer", "crowd", "frames", "open", "ready", "seen", "sock", "texts")

    def __init__(self, crowd: "Crowd", sock: socket.socket) -> None:
        self.crowd = crowd
        self.sock = sock
        self.buffer = b""
        self.open = self.ready = False
        self.frames = 0
        self.seen = 0
        """How often the marker came."""
        self.texts: list[str] | None = None
        """All that it has received, for one that keeps it."""

    def take(self) -> None:
        """Read what has come."""
        try:
            data = bytes(BUFFER[: self.sock.recv_into(BUFFER)])
        except (BlockingIOError, ssl.SSLWantReadError):
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
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            # Was decrypted already, and so is no event any more.
            self.take()

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
        at, end, crowd = 0, len(data), self.crowd
        while end - at >= 2:
            size, start = data[at + 1] & 127, at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
            if end < start + size:
                break
            opcode = data[at] & 15
            if opcode == TEXT:
                self.frames += 1
                if self.texts is not None:
                    self.texts.append(data[start : start + size].decode())
                if not self.ready:
                    assert crowd.until is not None  # Without it a reader is ready once open.
                    if data.find(crowd.until, start, start + size) >= 0:
                        self.ready = True
                        crowd.became_ready()
                if crowd.marker is not None:
                    found = data.count(crowd.marker, start, start + size)
                    if found and not self.seen:
                        crowd.saw()
                    self.seen += found
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
        self.members: dict[Reader, None] = {}
        self.hello: bytes | None = None
        self.until: bytes | None = None
        self.marker: bytes | None = None
        self.missing = 0
        self.unready = 0
        self.last = 0.0
        self.gone: list[str] = []
        self.network = "127.0.0"
        """The addresses from which readers come. Linux gives half of an address's 28,000 ports to a
        server at once, and looks through all of them for each further one: for milliseconds."""
        self.each_address = 10_000
        self.on_ready: Callable[[], None] | None = None

    def open_one(self, port: int, request: bytes, *, tls: bool = False) -> Reader:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
        sock.setblocking(False)
        if tls:
            sock = TLS.wrap_socket(sock, do_handshake_on_connect=False, server_hostname="localhost")
        sock.bind((f"{self.network}.{1 + len(self.members) // self.each_address}", 0))
        sock.connect_ex(("127.0.0.1", port))
        reader = Reader(self, sock)
        self.members[reader] = None
        if self.marker is not None:
            self.missing += 1
        self.by_fd[sock.fileno()] = (reader, request)
        # Writable once it is connected.
        self.epoll.register(sock.fileno(), select.EPOLLOUT)
        return reader

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
        del self.members[reader]
        self.gone.append(why)
        if not reader.ready:
            self.became_ready()

    def forget(self, reader: Reader) -> None:
        fd = reader.sock.fileno()
        if fd >= 0:
            self.by_fd.pop(fd, None)
            self.epoll.unregister(fd)
            reader.sock.close()
