"""Misbehaving clients, on plain TCP: they send what no library would."""

import asyncio
import json
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

HANDSHAKE = (
    "GET /ws/update_notice/?topic=posts&topic=cards HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n"
)

TEXT, BINARY = 1, 2


class Offender:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def connect(self) -> bool:
        """Open a socket; returns whether it was accepted."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(HANDSHAKE.format(port=self.port).encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        return answer.startswith(b"HTTP/1.1 101")

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def is_sent_away(self, *, within: float = 15) -> bool:
        """Read on; returns whether the connection ended."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(within):
                while await self.reader.read(65536):
                    pass
                return True
            return False
        return True

    def leave(self) -> None:
        """Close the connection without a close frame."""
        self.writer.transport.abort()


def frame(payload: bytes, opcode: int = TEXT, *, first: int = 0x80, masked: bool = True) -> bytes:
    """A frame as a client sends it, or as none should."""
    size = len(payload)
    bit = 0x80 if masked else 0
    length = (
        struct.pack("!B", bit | size)
        if size < 126
        else struct.pack("!BH", bit | 126, size)
        if size < 65536
        else struct.pack("!BQ", bit | 127, size)
    )
    # A mask of zeros is one, too, and leaves the payload as it is.
    return struct.pack("!B", first | opcode) + length + (bytes(4) if masked else b"") + payload


OFFENCES: dict[str, Iterable[bytes]] = {
    "a frame of 1 MB": [frame(b"x" * 1_000_000)],
    "a frame of 4 MB": [frame(b"x" * 4_000_000)],
    "a frame that says it is larger than memory": [struct.pack("!BBQ", 0x81, 0xFF, 1 << 62)],
    "a frame of no known kind": [frame(b"hello", 7)],
    "a frame with bits that nobody agreed on": [frame(b"hello", first=0xF0)],
    "a frame without a mask": [frame(b"hello", masked=False)],
    "half a message, then another": [frame(b"hel", first=0), frame(b"hello")],
    "bytes that are no text": [frame(b"\xff\xfe\xfd")],
    "a close frame of one byte": [frame(b"x", 8)],
    "binary": [frame(os.urandom(1000), BINARY)],
    "binary that is JSON": [frame(b'{"cursor": "start.0"}', BINARY)],
    "no JSON": [frame(b"cursor")],
    "deep JSON": [frame(b"[" * 8000)],
    "JSON of another kind": [frame(b'{"cursor": {"cursor": 1}, "body": []}')],
    "five hundred messages at once": [frame(json.dumps({"cursor": "start.0"}).encode())] * 500,
}
"""Offences that a socket is closed for."""


async def offend_in_every_way(port: int) -> set[str]:
    """Commit every offence, each on its own socket; return those that the server tolerated."""
    sent_away = await asyncio.gather(*(offend(port, data) for data in OFFENCES.values()))
    return {name for name, went in zip(OFFENCES, sent_away, strict=True) if not went}


async def offend(port: int, data: Iterable[bytes]) -> bool:
    """Open a socket and send this; returns whether it was sent away."""
    offender = Offender(port)
    assert await offender.connect()
    with suppress(OSError):
        for piece in data:
            await offender.send(piece)
    try:
        return await offender.is_sent_away()
    finally:
        offender.leave()


async def knock(port: int, times: int, *, at_once: int = 100) -> int:
    """Open so many sockets, as fast as this goes, and leave them; returns how many were accepted.

    They say nothing. All are open at the end.
    """
    accepted: list[Offender] = []
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            offender = Offender(port)
            with suppress(OSError, asyncio.IncompleteReadError):
                if await offender.connect():
                    accepted.append(offender)

    await asyncio.gather(*(one() for _ in range(times)))
    for offender in accepted:
        offender.leave()
    return len(accepted)


async def dawdle(port: int, connections: int, seconds: float) -> None:
    """Send the header of a request a byte at a time, on many connections."""

    async def one() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError):
            for letter in HANDSHAKE.format(port=port).encode()[: int(seconds / 0.2)]:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(0.2)
        writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(connections)))
