"""After a restart thousands come back over seconds, and cost as many queries as the first."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from django.db import connections

from bookshelf.log import Change, Cursor
from posts.factories import published
from updater.frames import Frame
from updater.reader import Reader, ReaderState
from updater.registry import ImpossibleTransition
from updater.stream import UpdateStream
from updater.tests.running import in_thread, settled

pytestmark = pytest.mark.django_db(transaction=True)

TOPICS = frozenset({"posts", "cards"})


class Page:
    """A reader, what it was sent, and its connection, which may be full."""

    def __init__(self, stream: UpdateStream, *topics: str) -> None:
        self.stream = stream
        self.frames: list[str] = []
        self.reader = Reader(self.send, frozenset(topics) or TOPICS)
        self.drained = asyncio.Event()
        self.drained.set()

    async def send(self, event) -> None:
        await self.drained.wait()
        if event["text"]:
            self.frames.append(event["text"])

    def fill(self) -> None:
        """Have its connection take nothing more."""
        self.drained.clear()
        assert self.reader.push([Frame("", None, is_personal=True)])

    def drain(self) -> None:
        self.drained.set()

    def count_resets(self) -> int:
        return "".join(self.frames).count('hx-get=""')

    def returns(self, cursor) -> "Page":
        self.stream.join(self.reader, cursor)
        return self

    def count(self, title: str) -> int:
        return "".join(self.frames).count(f">{title}</a>")


@pytest.fixture
async def stream():
    stream = UpdateStream()
    yield stream
    await stream.stop()


@pytest.fixture
async def cursor():
    """Where the pages stand: one post has been made since."""
    _, change = await in_thread(published)
    await in_thread(published, title="Missed")
    return change.cursor


@pytest.fixture
async def queries(stream):
    """What the stream's thread asks of the database."""
    asked = []

    def count(execute, sql, *args):
        asked.append(sql)
        return execute(sql, *args)

    await stream._in_thread(lambda: connections["default"].execute_wrappers.append(count))
    return asked


async def test_a_reader_that_missed_what_others_did_is_answered_without_a_query(
    stream, cursor, queries
):
    first = Page(stream).returns(cursor)
    await stream.read()
    cost = len(queries)
    others = [Page(stream).returns(cursor) for _ in range(100)]

    assert len(queries) == cost
    assert all(page.frames == first.frames for page in others)
    assert all(page.count("Missed") == 1 for page in others)


async def test_a_reader_that_is_answered_from_the_cache_is_live(stream, cursor):
    Page(stream).returns(cursor)
    await stream.read()
    other = Page(stream).returns(cursor)
    await in_thread(published, title="Live")
    await stream.read()

    assert other.count("Missed") == other.count("Live") == 1
    assert other.reader.cursor == stream.cursor


async def test_an_answer_is_not_given_again_when_the_log_has_moved(stream, cursor):
    Page(stream).returns(cursor)
    await stream.read()
    await in_thread(published, title="Later")
    await stream.read()
    late = Page(stream).returns(cursor)
    assert late.frames == []
    await stream.read()

    assert late.count("Missed") == late.count("Later") == 1


async def test_a_reader_that_asks_during_a_reading_is_answered_after_it_without_another(
    stream, cursor, queries
):
    Page(stream).returns(cursor)
    release = threading.Event()
    blocked = asyncio.ensure_future(stream._in_thread(release.wait))
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    late = Page(stream).returns(cursor)
    assert late.frames == []

    release.set()
    await asyncio.gather(blocked, reading)

    assert late.count("Missed") == 1
    assert not stream._wake.is_set()


async def test_the_cache_is_bounded_and_what_it_drops_is_read_again(
    stream, cursor, queries, monkeypatch
):
    monkeypatch.setattr("updater.catch_up_cache.MOST_RESPONSES", 2)
    await stream.read()
    for number in range(10):
        page = Page(stream, f"post-{number + 1}")
        page.returns(stream.cursor)
        assert "live" in page.frames[0]
        assert len(stream._fan_out._cache._responses) <= 4

    page = Page(stream).returns(cursor)
    await stream.read()
    assert page.count("Missed") == 1


# --- What a reader does while the log is read for it ---------------------------------------------


@asynccontextmanager
async def during_a_reading(stream):
    """Begin a reading, and end it at the end."""
    release = threading.Event()
    blocked = asyncio.ensure_future(stream._in_thread(release.wait))
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        release.set()
        await blocked
        assert await reading


async def test_a_reader_that_leaves_meanwhile_is_sent_nothing(stream, cursor, caplog):
    page = Page(stream).returns(cursor)
    async with during_a_reading(stream):
        stream.leave(page.reader)
        stream.leave(page.reader)

    assert page.frames == []
    assert stream.count == 0
    assert "not sent" not in caplog.text
    # Its page may have sent this before it was closed.
    stream.join(page.reader, cursor)
    await stream.read()
    assert page.frames == []


async def test_a_reader_that_asks_for_something_else_meanwhile_is_answered_that(stream, cursor):
    page = Page(stream).returns(cursor)
    async with during_a_reading(stream):
        page.returns(Cursor("bogus", 7))
    await stream.read()

    assert len(page.frames) == 1
    assert 'hx-get=""' in page.frames[0]
    assert page.reader.state is ReaderState.RESET


async def test_a_reader_whose_connection_fills_meanwhile_is_answered_when_it_has_drained(
    stream, cursor
):
    unknown, known = Page(stream).returns(Cursor("bogus", 7)), Page(stream).returns(cursor)
    async with during_a_reading(stream):
        unknown.fill()
        known.fill()
    assert stream.behind == 2
    assert unknown.frames == known.frames == []

    unknown.drain()
    known.drain()
    await settled()
    await stream.read()
    assert stream.behind == 0
    assert 'hx-get=""' in unknown.frames[-1]
    assert known.count("Missed") == 1


async def test_a_log_that_is_another_one_resets_each_page_once_whatever_it_waits_for(
    stream, cursor
):
    live, behind, silent = (Page(stream) for _ in range(3))
    was_reset = Page(stream).returns(None)
    stream.enter(silent.reader)
    live.returns(cursor)
    behind.returns(cursor)
    await stream.read()
    behind.fill()
    await in_thread(published)
    await stream.read()
    assert stream.behind == 1
    waiting = Page(stream)

    await in_thread(lambda: Change.objects.update(word="another0history0"))
    waiting.returns(Cursor(cursor.word, 1))
    await stream.read()
    assert behind.reader.cursor is None
    behind.drain()
    await settled()
    await stream.read()

    resets = [page.count_resets() for page in (live, behind, waiting, was_reset, silent)]
    assert resets == [1, 1, 1, 1, 0]
    assert silent.reader.state is ReaderState.CONNECTED


async def test_a_fault_while_frames_are_sent_leaves_no_page_with_a_hole(
    stream, cursor, monkeypatch, caplog
):
    page = Page(stream).returns(cursor)
    await stream.read()
    await in_thread(published, title="Half sent")

    async def fail(result, requests):
        raise ImpossibleTransition

    with monkeypatch.context() as patch:
        patch.setattr(stream._fan_out, "send", fail)
        assert await stream.read()

    assert page.count_resets() == 1
    assert "frames not sent readers_reset=1" in caplog.text
    # Its page comes back with a new socket and a new cursor, and all goes on.
    again = Page(stream).returns(cursor)
    await stream.read()
    assert again.count("Half sent") == 1
