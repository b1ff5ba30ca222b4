"""A load balancer: pass each connection on to a process that is running."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from e2e.processes import free_port

UPGRADE = b"upgrade: websocket"
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n"
    b"Connection: close\r\n\r\nForbidden\n"
)


class Balancer:
    """A TCP proxy on a loopback port. `pick` gives the port to pass the next connection to.

    With `upgrades=False` it is a proxy that knows no WebSockets, as in some offices.
    """

    def __init__(self, pick: Callable[[], int], *, upgrades: bool = True) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.refused = 0
        self._pick = pick
        self._upgrades = upgrades
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, backlog=1024)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def cut(self) -> None:
        """Break every connection that is open, as a network does that changes."""
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.sleep(0)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._pick())
        ways = [
            asyncio.ensure_future(self._pass_requests(reader, there_writer, writer)),
            asyncio.ensure_future(pass_on(there_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            there_writer.close()

    async def _pass_requests(
        self,
        reader: asyncio.StreamReader,
        there: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        if self._upgrades:
            await pass_on(reader, there)
            return
        # A browser's request for an upgrade comes in one piece, and on a connection of its own.
        while data := await reader.read(65536):
            if UPGRADE in data.lower():
                self.refused += 1
                back.write(REFUSAL)
                await back.drain()
                return
            there.write(data)
            await there.drain()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
