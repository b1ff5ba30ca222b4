"""Two servers that do nothing but hand the same frame to everybody who is connected.

    python -m bench.peers floor|broadcast PORT CONTROL_PORT

`broadcast` is that of the websockets library; `floor` writes the bytes of the frame to asyncio's
transports, the least that Python can do. A frame comes over the control port: its size in four
bytes, then its text.
"""

import asyncio
import base64
import hashlib
import sys
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection, broadcast, serve

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Floor(asyncio.Protocol):
    """A WebSocket that shakes hands, and after that only listens for its end."""

    everybody: set[asyncio.Transport] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.head = b""

    def data_received(self, data: bytes) -> None:
        if self.transport in self.everybody:
            return
        self.head += data
        if b"\r\n\r\n" not in self.head:
            return
        start = self.head.lower().index(b"sec-websocket-key:") + 18
        key = self.head[start : self.head.index(b"\r\n", start)].strip()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.everybody.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.everybody.discard(self.transport)

    @classmethod
    def hand_out(cls, text: bytes) -> None:
        size = len(text)
        head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2)
        frame = head + text
        for transport in cls.everybody:
            transport.write(frame)


async def control(port: int, hand_out: Callable[[bytes], None]) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while size := await reader.read(4):
            hand_out(await reader.readexactly(int.from_bytes(size)))

    await asyncio.start_server(take, "127.0.0.1", port)


async def main(which: str, port: int, control_port: int) -> None:
    if which == "floor":
        loop = asyncio.get_running_loop()
        floor = await loop.create_server(Floor, "127.0.0.1", port, backlog=4096)
        await control(control_port, Floor.hand_out)
        await floor.serve_forever()

    async def stay(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(stay, "127.0.0.1", port, compression=None, backlog=4096) as server:
        await control(control_port, lambda text: broadcast(server.connections, text.decode()))
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
