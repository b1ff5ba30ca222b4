"""A slow reader costs no memory, delays nobody, and is caught up from the log."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from posts.factories import published
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.running import in_thread, settled
from updater.tests.test_reader import TOPICS, Protocol, Wire

pytestmark = pytest.mark.django_db(transaction=True)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


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


async def test_a_reader_that_has_drained_is_caught_up_before_the_next_poll():
    _, first = await in_thread(published)
    stream = UpdateStream(poll_every=3600, debounce=0)
    stream.start()
    try:
        slow, quick = Wire(), Wire()
        for wire in (slow, quick):
            stream.join(Reader(wire.send, TOPICS), first.cursor)
        await until(lambda: slow.sent and quick.sent)
        slow.open.clear()
        for number in range(2):
            await in_thread(published, title=f"Book {number}")
            stream.wake()
            await until(lambda number=number: f"Book {number}" in quick.sent[-1])
        assert stream.behind == 1

        slow.open.set()
        await until(lambda: "Book 1" in slow.sent[-1])
        assert stream.behind == 0
    finally:
        await stream.stop()


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


async def test_a_reader_that_sends_a_cursor_during_fan_out_gets_all_since_that_once(monkeypatch):
    """The frame that is on its way to the others is part of what it missed."""
    # The event loop has its turn after each reader.
    monkeypatch.setattr("updater.fan_out.SLICE", -1)
    _, first = await in_thread(published)
    stream = UpdateStream()
    try:
        wires = [Wire(), Wire()]
        readers = [Reader(wire.send, TOPICS) for wire in wires]
        for reader in readers:
            stream.join(reader, first.cursor)
        await in_thread(published, title="Emma")
        await stream.read()
        await in_thread(published, title="Dune")

        asked = []
        push_frames = stream._fan_out._push

        def push(reader, frames) -> None:
            push_frames(reader, frames)
            # The page of the other one was drawn before Emma.
            for wire, other in zip(wires, readers, strict=True):
                if other is not reader and not asked:
                    asked.append(wire)
                    wire.sent.clear()
                    stream.join(other, first.cursor)

        monkeypatch.setattr(stream._fan_out, "_push", push)
        await stream.read()
        await stream.read()

        text = "".join(asked[0].sent)
        assert [text.count(f">{title}</a>") for title in ("Emma", "Dune")] == [1, 1]
        assert readers[0].cursor == readers[1].cursor == stream.cursor
    finally:
        await stream.stop()
