"""A slow reader costs no memory, and delays nobody."""

import asyncio
from functools import partial

import pytest
from asgiref.sync import sync_to_async

from posts.factories import published
from posts.log import Cursor
from updater.frames import Frame
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.conftest import in_thread, settled

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


async def test_a_reader_whose_connection_is_full_is_passed_over():
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


async def test_daphnes_transport_tells_when_it_is_full():
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


async def test_nothing_is_written_past_a_close_frame():
    daphne = Twisted()
    reader = daphne.reader()

    daphne.state = 2
    reader.push(FRAMES)

    assert daphne.sent == b""


async def test_a_send_that_fails_is_nobody_elses_trouble():
    async def send(event):
        raise OSError("gone")

    assert Reader(send, TOPICS).push(FRAMES)


async def test_a_send_that_fails_later_is_nobody_elses_trouble(caplog):
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
    monkeypatch.setattr("updater.reader.GOOD_BYE_WITHIN", 0.05)
    wire = Protocol()
    wire.open.clear()
    Reader(wire.send, TOPICS).close(1000)
    await settled()
    assert not wire.transport.cut

    await asyncio.sleep(0.1)
    assert wire.transport.cut


@pytest.mark.django_db(transaction=True)
async def test_a_reader_that_has_stopped_reading_is_cut_off(monkeypatch):
    monkeypatch.setattr("updater.stream.STUCK_AFTER", 0.2)
    _, first = await in_thread(published)
    stream = UpdateStream()
    try:
        stuck, quick = Protocol(), Protocol()
        readers = [Reader(wire.send, TOPICS) for wire in (stuck, quick)]
        for reader in readers:
            stream.join(reader, first.cursor)
        await stream.read()
        stuck.open.clear()
        await in_thread(published)
        await stream.read()
        await in_thread(published)
        await stream.read()
        assert stream.behind == 1
        assert not stuck.transport.cut

        await asyncio.sleep(0.25)
        # That it asks again makes it no younger.
        stream.join(readers[0], first.cursor)
        await stream.read()

        assert stuck.transport.cut
        assert not quick.transport.cut
        assert stream.count == 1
    finally:
        stream_task = stream.stop()
        stuck.open.set()
        await stream_task


@pytest.mark.django_db(transaction=True)
async def test_a_slow_reader_is_caught_up_when_it_reads_again_and_delays_nobody():
    _, first = await in_thread(published)
    stream = UpdateStream()
    try:
        slow, quick = Wire(), Wire()
        readers = [Reader(wire.send, TOPICS) for wire in (slow, quick)]
        for reader in readers:
            stream.join(reader, first.cursor)
        await stream.read()
        slow.open.clear()
        for number in range(5):
            await in_thread(published, title=f"Book {number}")
            await stream.read()

        assert sum("Book" in frame for frame in quick.sent) == 5
        assert sum("Book" in frame for frame in slow.sent) == 0

        slow.open.set()
        await settled()
        await stream.read()

        text = "".join(slow.sent)
        assert all(text.count(f">Book {number}</a>") == 1 for number in range(5))
        assert readers[0].cursor == readers[1].cursor == stream.cursor
    finally:
        await stream.stop()


@pytest.mark.django_db(transaction=True)
async def test_a_blocked_query_elsewhere_holds_up_no_reader():
    _, first = await in_thread(published)
    stream = UpdateStream()
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def block() -> None:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)

    blocking = asyncio.ensure_future(sync_to_async(block)())
    try:
        wire = Wire()
        stream.join(Reader(wire.send, TOPICS), first.cursor)
        await asyncio.wait_for(stream.read(), 5)

        assert "live" in wire.sent[0]
        assert not blocking.done()
    finally:
        release.set()
        await blocking
        await stream.stop()
