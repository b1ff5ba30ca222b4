"""After a restart thousands come back over seconds, and cost as many queries as the first."""

import asyncio
import threading

import pytest
from django.db import connections

from posts.factories import published
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.conftest import in_thread

pytestmark = pytest.mark.django_db(transaction=True)

TOPICS = frozenset({"posts", "cards"})


class Page:
    """A reader and what it was sent."""

    def __init__(self, stream: UpdateStream) -> None:
        self.stream = stream
        self.frames: list[str] = []
        self.reader = Reader(self.send, TOPICS)

    async def send(self, event) -> None:
        self.frames.append(event["text"])

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


async def test_who_has_missed_what_others_have_is_answered_without_a_query(stream, cursor, queries):
    first = Page(stream).returns(cursor)
    await stream.read()
    cost = len(queries)
    others = [Page(stream).returns(cursor) for _ in range(100)]

    assert len(queries) == cost
    assert all(page.frames == first.frames for page in others)
    assert all(page.count("Missed") == 1 for page in others)


async def test_who_is_answered_so_takes_part_from_then_on(stream, cursor):
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


async def test_who_asks_during_a_reading_is_answered_after_it_without_another(
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
