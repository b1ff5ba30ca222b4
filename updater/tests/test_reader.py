"""One socket: what it is sent, in which order, and how it is closed or cut off."""

import asyncio
from functools import partial

from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport

from bookshelf.log import Cursor
from updater.frames import Frame
from updater.reader import Reader, ReaderState
from updater.tests.running import settled

TOPICS = frozenset({"posts", "cards"})
FRAMES = [Frame("one", Cursor("w", 1)), Frame("two", Cursor("w", 2))]


class Wire:
    """A connection as uvicorn gives it: sending waits while it is full."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, event) -> None:
        await self.open.wait()
        self.sent.append(event.get("text") or event["type"])


async def test_a_quick_reader_gets_all_at_once_without_a_task():
    wire = Wire()
    reader = Reader(wire.send, TOPICS)

    assert reader.push(FRAMES)
    assert wire.sent == ["one", "two"]
    assert reader.cursor == Cursor("w", 2)


async def test_a_reader_whose_connection_is_full_is_skipped():
    wire = Wire()
    wire.open.clear()
    reader = Reader(wire.send, TOPICS)

    assert not reader.push(FRAMES)
    assert not reader.push(FRAMES)
    assert reader.cursor == Cursor("w", 1)

    wire.open.set()
    await settled()
    assert wire.sent == ["one"]
    assert not reader.full


class Twisted:
    """Daphne's protocol and its transport in one, as far as a wire touches them."""

    STATE_OPEN = 3

    def __init__(self, takes: int = 1_000_000) -> None:
        self.state = self.STATE_OPEN
        self.transport = self
        self.connected = 1
        self.producerPaused = False
        self.dataBuffer = b""
        self._tempDataBuffer = []
        self.takes = takes
        self.sent = b""
        self.asgi = []

    def writeSomeData(self, data):
        if self.takes < 0:
            # Returned, not raised: so does Twisted.
            return ConnectionLost()
        taken = data[: self.takes]
        self.takes -= len(taken)
        self.sent += taken
        return len(taken)

    def write(self, data):
        self._tempDataBuffer.append(data)

    async def handle_reply(self, protocol, event):
        self.asgi.append(event)

    def reader(self) -> Reader:
        return Reader(partial(self.handle_reply, self), TOPICS)


async def test_daphnes_transport_shows_when_it_is_full():
    daphne = Twisted()
    reader = daphne.reader()

    daphne.producerPaused = True
    assert not reader.push(FRAMES)
    daphne.producerPaused = False
    assert reader.push(FRAMES)
    assert daphne.sent == b"\x81\x03one\x81\x03two"
    assert not daphne.asgi


async def test_what_a_connection_does_not_take_at_once_follows_in_order():
    daphne = Twisted(takes=7)
    reader = daphne.reader()

    assert reader.push([*FRAMES, *FRAMES])
    whole = b"\x81\x03one\x81\x03two" * 2
    assert daphne.sent == whole[:7]
    assert b"".join(daphne._tempDataBuffer) == whole[7:]


async def test_a_connection_that_is_lost_is_twisteds_to_notice():
    daphne = Twisted(takes=-1)

    assert daphne.reader().push(FRAMES[:1])
    assert daphne._tempDataBuffer == [b"\x81\x03one"]


async def test_nothing_is_written_past_a_close_frame():
    daphne = Twisted()
    reader = daphne.reader()

    daphne.state = 2
    reader.push(FRAMES)

    assert daphne.sent == b""


async def test_a_send_that_fails_raises_nothing():
    async def send(event):
        raise OSError("gone")

    assert Reader(send, TOPICS).push(FRAMES)


async def test_a_send_that_fails_later_raises_nothing(caplog):
    async def send(event):
        await asyncio.sleep(0)
        raise OSError("gone")

    reader = Reader(send, TOPICS)
    reader.push(FRAMES[:1])
    await settled()

    assert not reader.full
    assert "Traceback" not in caplog.text


class Transport:
    """What is beneath a server's socket, as far as it concerns us."""

    def __init__(self) -> None:
        self.cut = False

    def abort(self) -> None:
        self.cut = True

    def get_extra_info(self, name: str) -> None:
        return None


class Protocol(Wire):
    """uvicorn's: `send` is its method."""

    def __init__(self) -> None:
        super().__init__()
        self.transport = Transport()


async def test_a_connection_whose_sends_fail_is_cut_off():
    class Failing(Protocol):
        async def send(self, event):
            raise OSError("closing")

    wire = Failing()
    Reader(wire.send, TOPICS).push(FRAMES[:1])

    assert wire.transport.cut


async def test_a_socket_that_is_closed_and_does_not_go_is_cut_off(monkeypatch):
    monkeypatch.setattr("updater.reader.ABORT_AFTER", 0.05)
    wire = Protocol()
    wire.open.clear()
    Reader(wire.send, TOPICS).close(1000)
    await settled()
    assert not wire.transport.cut

    await asyncio.sleep(0.1)
    assert wire.transport.cut


async def test_twisteds_transport_is_cut_off_with_what_is_on_its_way():
    daphne = Twisted()
    daphne.transport = StringTransport()
    daphne.reader().abort()

    assert daphne.transport.disconnected


async def test_nothing_is_sent_to_a_reader_that_is_gone():
    wire = Wire()
    reader = Reader(wire.send, TOPICS)
    reader.state = ReaderState.GONE

    assert reader.push(FRAMES)
    assert wire.sent == []
    assert reader.cursor is None
