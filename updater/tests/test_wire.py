"""Frames on the wire: encoded once, and what any WebSocket client takes for a message.

Daphne's part is in e2e/test_wire.py, as Twisted's reactor can be started once in a process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from bookshelf.log import Cursor
from updater.close_codes import CloseCode
from updater.frames import Frame
from updater.reader import Reader
from updater.wire import UvicornWire, Wire, encode, wire_of


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_a_client_reads_what_was_written(size):
    text = ("é" + "x" * size)[:size]
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)

    client.receive_data(encode(text))

    (frame,) = client.events_received()
    assert frame.opcode is Opcode.TEXT and frame.fin
    assert frame.data.decode() == text


def test_a_server_that_is_not_known_is_served_through_asgi_alone():
    async def send(event):
        raise AssertionError

    assert wire_of(send) == (Wire, None)
    assert not Wire.write(None, b"frame")


# --- uvicorn itself ----------------------------------------------------------------------------


class Application:
    """Accepts sockets, and makes a reader of each."""

    def __init__(self) -> None:
        self.readers: asyncio.Queue[Reader] = asyncio.Queue()
        self.received: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.send = send
        self.readers.put_nowait(Reader(send, frozenset({"posts"})))
        while (event := await receive())["type"] != "websocket.disconnect":
            self.received.put_nowait(event["text"])


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """Serve an application with uvicorn in this process; give its address."""
    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        server.force_exit = True
        await server.shutdown()


def frame(text: str) -> Frame:
    return Frame(text, Cursor("word", 1))


async def test_uvicorn_is_recognised_and_what_is_written_past_it_arrives():
    application = Application()
    texts = ["short", "é" * 200, "x" * 70_000]
    async with served(application) as address, connect(address, max_size=None) as client:
        reader = await application.readers.get()
        assert reader._wire is UvicornWire

        assert reader.push(map(frame, texts))
        assert [await client.recv() for _ in texts] == texts

        # What uvicorn itself sends, and reads, goes on as ever.
        await application.send({"type": "websocket.send", "text": "through ASGI"})
        assert await client.recv() == "through ASGI"
        await client.send("from the page")
        assert await application.received.get() == "from the page"
        reader.close(CloseCode.NO_CURSOR)
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == CloseCode.NO_CURSOR


async def test_nothing_is_written_past_uvicorns_close_frame():
    application = Application()
    async with served(application) as address, connect(address) as client:
        reader = await application.readers.get()
        reader.close(CloseCode.STOPPING)

        assert not UvicornWire.write(reader._protocol, encode("late"))
        # Through ASGI it fails, which is nobody's loss.
        assert reader.push([frame("late")])
        with pytest.raises(ConnectionClosed):
            await client.recv()


async def test_a_client_of_uvicorn_that_does_not_read_is_full_and_can_be_cut_off():
    application = Application()
    async with served(application) as address:
        client = await connect(address, max_queue=1)
        reader = await application.readers.get()
        large = frame("x" * 1_000_000)
        async with asyncio.timeout(10):
            while reader.push([large]):
                await asyncio.sleep(0)
        assert reader.full
        assert UvicornWire.is_full(reader._protocol)
        assert not reader.push([frame("not sent")])

        reader.abort()
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(10):
                while True:
                    await client.recv()

        # Neither a close frame nor an orderly end: the kernel throws away what was on its way.
        assert closed.value.rcvd is None
        assert isinstance(closed.value.__cause__, ConnectionResetError)
