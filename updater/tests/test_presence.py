"""Who is here: over all tabs, processes and hosts, with the real channel layer.

Time is what `Clock` says. A process is a stream of its own; here they share the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import connection
from django.test import Client

from accounts.factories import UserFactory
from posts.factories import published
from posts.log import Cursor
from updater import presence as module
from updater.presence import Presence
from updater.reader import Reader
from updater.room import CROWD, MOST_NAMES, People
from updater.stream import UpdateStream
from updater.tests.conftest import in_thread, opened, settled
from updater.tests.page import Page

pytestmark = pytest.mark.django_db(transaction=True)

STEP = 0.25


class Tab:
    """A post's page in a browser. `user_id` is that of its session, None for a guest."""

    def __init__(self, text: str, world: "World", user_id: int | None) -> None:
        self.page = Page(text)
        self.world = world
        self.user_id = user_id
        self.frames: list[tuple[float, str]] = []
        self.reader: Reader | None = None
        self.process: Process | None = None
        self.full = False

    def connect(self, process: "Process") -> "Tab":
        async def send(event) -> None:
            if "-presence" in event["text"]:
                self.frames.append((self.world.now, event["text"]))
            self.page.apply(event["text"])

        # As Daphne tells whether a connection takes more.
        self.transport = SimpleNamespace(producerPaused=self.full)
        send.args = (SimpleNamespace(transport=self.transport),)
        self.reader = Reader(send, self.page.topics, user_id=self.user_id)
        self.process = process
        process.stream.join(self.reader, Cursor.parse(self.page.cursor))
        return self

    def disconnect(self) -> None:
        self.process.stream.leave(self.reader)

    @property
    def shown(self) -> str:
        """What it says of who is here."""
        return self._text("presence-here")

    @property
    def line(self) -> str:
        """What it says of who has come or left."""
        return self._text("presence-line")

    @property
    def lines(self) -> list[str]:
        """All that it has ever said of comings and goings."""
        return [text for _, text in self.frames if "presence-line" in text]

    def _text(self, name: str) -> str:
        found = self.page.tree.xpath(f"//*[@class='{name}']")
        return found[0].text_content() if found else ""


class Process:
    """One process, with a stream that listens to the channel layer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.stream = UpdateStream()
        # Its turns are taken by hand.
        self.presence = Presence(self.stream._in_thread, clock=clock, turn_every=3600)
        self.stream.presence = self.presence
        self.stream.start()

    async def crash(self) -> None:
        """End without a word."""
        self.presence.say_goodbye = settled
        await self.stream.stop()


class World:
    """Some processes and a clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.processes: list[Process] = []

    async def starts(self) -> Process:
        process = Process(lambda: self.now)
        self.processes.append(process)
        # Until it hears the others.
        await asyncio.sleep(0.2)
        return process

    async def ends(self, process: Process, how: Callable[[], Awaitable[None]]) -> None:
        self.processes.remove(process)
        await how()

    async def opens(self, post_id: int, process: Process, user: AbstractUser | None = None) -> Tab:
        text = (await in_thread(Client().get, f"/posts/{post_id}/", follow=True)).content.decode()
        return Tab(text, self, user.pk if user else None).connect(process)

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            for process in self.processes:
                await process.presence.turn()
            # What is on its way through the layer arrives.
            await asyncio.sleep(0.005)

    async def until(self, condition: Callable[[], bool], within: float = 60) -> float:
        """Let time pass until this is so; return the seconds that it took."""
        start = self.now
        while not condition():
            assert self.now - start < within, "that took too long"
            await self.passes(STEP)
        return self.now - start


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    for process in world.processes:
        await process.stream.stop()


@pytest.fixture
async def room(world: World) -> int:
    post, _ = await in_thread(published, title="Emma")
    return post.pk


def shows_name(name: str) -> AbstractUser:
    return UserFactory(name=name, show_in_rooms=True)


async def test_those_who_want_it_are_named_and_all_others_are_guests(world, room):
    here = await world.starts()
    ana, ben = await in_thread(shows_name, "Ana"), await in_thread(shows_name, "Ben")
    cleo = await in_thread(UserFactory, name="Cleo")
    tabs = [await world.opens(room, here, user) for user in (ben, cleo, ana, None, None)]

    took = await world.until(lambda: all(tab.shown for tab in tabs))

    assert {tab.shown for tab in tabs} == {"Ana, Ben and 3 guests are here"}
    assert took <= 2
    assert "Cleo" not in "".join(text for _, text in tabs[0].frames)


async def test_one_is_singular(world, room):
    here = await world.starts()
    tab = await world.opens(room, here)
    await world.until(lambda: tab.shown == "1 guest is here")

    ana = await world.opens(room, here, await in_thread(shows_name, "Ana"))
    tab.disconnect()
    await world.until(lambda: ana.shown == "Ana is here")


async def test_one_person_with_five_tabs_on_two_processes_is_one_person(world, room):
    first, second = await world.starts(), await world.starts()
    ana = await in_thread(shows_name, "Ana")
    ben = await in_thread(UserFactory)
    tabs = [await world.opens(room, process, ana) for process in (first,) * 3 + (second,) * 2]
    tabs += [await world.opens(room, process, ben) for process in (first, second)]

    await world.passes(10)

    assert {tab.shown for tab in tabs} == {"Ana and 1 guest are here"}
    tabs[0].disconnect()
    tabs[3].disconnect()
    await world.passes(20)
    assert {tab.shown for tab in tabs} == {"Ana and 1 guest are here"}


async def test_every_process_shows_the_readers_of_all(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    ana = await world.opens(room, second, await in_thread(shows_name, "Ana"))

    took = await world.until(lambda: guest.shown == ana.shown == "Ana and 1 guest are here")

    assert took <= 6
    other, _ = await in_thread(published, title="Dune")
    elsewhere = await world.opens(other.pk, second)
    await world.passes(10)
    assert elsewhere.shown == "1 guest is here"
    assert guest.shown == "Ana and 1 guest are here"


async def test_the_readers_of_a_crashed_process_vanish_within_a_minute(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    await world.opens(room, second, await in_thread(shows_name, "Ana"))
    await world.opens(room, second)
    await world.until(lambda: guest.shown == "Ana and 2 guests are here")

    await world.ends(second, second.crash)
    took = await world.until(lambda: guest.shown == "1 guest is here")

    assert 10 < took < 30
    assert not guest.lines


async def test_a_process_that_ends_says_so(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    await world.opens(room, second)
    await world.until(lambda: guest.shown == "2 guests are here")

    await world.ends(second, second.stream.stop)

    assert await world.until(lambda: guest.shown == "1 guest is here") <= 8


async def test_whoever_was_here_reads_who_came_and_who_left(world, room):
    here = await world.starts()
    first = await world.opens(room, here)
    await world.passes(15)

    ana = await world.opens(room, here, await in_thread(shows_name, "Ana"))
    await world.until(lambda: first.line == "Ana joined")
    assert first.shown == "Ana and 1 guest are here"
    await world.until(lambda: ana.shown == first.shown)
    assert not ana.line

    await world.opens(room, here)
    await world.passes(5)
    assert first.line == ana.line == "1 guest joined"
    ana.disconnect()
    await world.until(lambda: first.line == "Ana left")
    assert first.shown == "2 guests are here"


async def test_whoever_comes_back_soon_has_neither_left_nor_come(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    ana = await world.opens(room, first, await in_thread(shows_name, "Ana"))
    other = await world.opens(room, first)
    await world.passes(20)
    before = len(guest.frames)

    for process in (first, second, first, second):
        for tab in (ana, other):
            tab.disconnect()
        await world.passes(1.5)
        for tab in (ana, other):
            tab.connect(process)
        await world.passes(5)

    assert guest.shown == ana.shown == "Ana and 2 guests are here"
    assert len(guest.frames) == before
    assert not ana.lines


async def test_a_restart_shows_nobody_coming_or_going(world, room):
    first, second = await world.starts(), await world.starts()
    elsewhere = await world.opens(room, second)
    people = [await in_thread(shows_name, name) for name in ("Ana", "Ben", "Cleo")]
    tabs = [await world.opens(room, first, user) for user in (*people, None, None)]
    await world.passes(20)

    await world.ends(first, first.crash)
    restarted = await world.starts()
    for tab in tabs:
        # As htmx does: one after the other, within ten seconds.
        tab.connect(restarted)
        await world.passes(1.75)
    await world.passes(60)

    for tab in (*tabs, elsewhere):
        assert tab.shown == "Ana, Ben, Cleo and 3 guests are here"
        assert not tab.lines


async def test_a_room_sends_at_most_one_frame_in_two_seconds(world, room):
    here = await world.starts()
    first = await world.opens(room, here)
    await world.passes(15)
    text = (await in_thread(Client().get, f"/posts/{room}/", follow=True)).content.decode()

    for _ in range(40):
        for _ in range(3):
            Tab(text, world, None).connect(here)
        Tab(text, world, None).connect(here).disconnect()
        await world.passes(STEP)
    await world.passes(10)

    at = [when for when, _ in first.frames]
    assert min(b - a for a, b in pairwise(at)) >= 2
    assert len(at) >= 5
    assert first.shown == "121 guests are here"


async def test_two_hundred_readers_cost_one_query_and_one_rendering(world, room, monkeypatch):
    drawn, queries = [], []
    render = module._draw_all
    monkeypatch.setattr(module, "_draw_all", lambda work, n: drawn.append(work) or render(work, n))
    here = await world.starts()
    text = (await in_thread(Client().get, f"/posts/{room}/", follow=True)).content.decode()
    tabs = [Tab(text, world, n % 100 + 10_000 if n % 2 else None) for n in range(200)]

    def watch() -> None:
        def note(execute, sql, *args):
            if "show_in_rooms" in sql.partition(" WHERE ")[2]:
                queries.append(sql)
            return execute(sql, *args)

        connection.execute_wrappers.append(note)

    await here.stream._in_thread(watch)
    for tab in tabs:
        tab.connect(here)
    assert (drawn, queries) == ([], [])
    await world.until(lambda: all(tab.shown for tab in tabs))

    assert tabs[0].shown == "150 guests are here"
    assert len(queries) == 1
    assert [len(work) for work in drawn] == [1]
    assert len({text for tab in tabs for _, text in tab.frames}) == 1


async def test_a_presence_frame_moves_no_cursor(world, room):
    here = await world.starts()
    tab = await world.opens(room, here)
    before = tab.page.cursor, tab.reader.cursor
    await world.until(lambda: bool(tab.shown))

    assert "#cursor" not in tab.frames[-1][1]
    assert (tab.page.cursor, tab.reader.cursor) == before


async def test_a_page_whose_connection_is_full_gets_the_newest_when_it_has_drained(world, room):
    here = await world.starts()
    first = await world.opens(room, here)
    await world.until(lambda: bool(first.shown))

    first.transport.producerPaused = True
    await world.opens(room, here)
    await world.passes(5)
    await world.opens(room, here)
    await world.passes(5)
    assert first.shown == "1 guest is here"

    first.transport.producerPaused = False
    await world.until(lambda: first.shown == "3 guests are here", within=3)


async def test_a_name_is_shown_or_hidden_within_seconds_of_the_setting(world, room):
    here = await world.starts()
    ana = await in_thread(UserFactory, name="Ana")
    tab = await world.opens(room, here, ana)
    await world.until(lambda: tab.shown == "1 guest is here")

    for settings, shown in (
        ({"show_in_rooms": True}, "Ana is here"),
        ({"name": "Anna"}, "Anna is here"),
        ({"show_in_rooms": False}, "1 guest is here"),
    ):
        await in_thread(get_user_model().objects.filter(pk=ana.pk).update, **settings)
        assert await world.until(lambda shown=shown: tab.shown == shown) <= 8
    assert not tab.lines


async def test_a_database_that_fails_for_a_while_leaves_the_names_as_they_are(
    world, room, monkeypatch
):
    here = await world.starts()
    tab = await world.opens(room, here, await in_thread(shows_name, "Ana"))
    await world.until(lambda: tab.shown == "Ana is here")

    def fail(user_ids):
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(module, "names_shown", fail)
        await world.opens(room, here)
        await world.until(lambda: tab.shown == "Ana and 1 guest are here")
        await world.passes(15)
        assert tab.shown == "Ana and 1 guest are here"


async def test_without_its_layer_each_process_shows_its_own(world, room, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # Nobody listens there.
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    first, second = await world.starts(), await world.starts()
    tabs = [await world.opens(room, process) for process in (first, first, second)]

    took = await world.until(lambda: all(tab.shown for tab in tabs))

    assert took <= 2
    assert [tab.shown for tab in tabs] == ["2 guests are here"] * 2 + ["1 guest is here"]


async def test_markup_in_a_name_is_text(world, room):
    here = await world.starts()
    name = "<hx-partial hx-target='#main'>"
    tab = await world.opens(room, here, await in_thread(shows_name, name))

    await world.until(lambda: tab.shown == f"{name} is here")

    assert tab.frames[-1][1].count("<hx-partial") == 1


async def test_only_a_page_that_is_one_room_counts(world, room):
    here = await world.starts()
    tab = await world.opens(room, here)
    for topics in ({"posts", "cards"}, {f"post-{room}", f"post-{room + 1}"}):

        async def send(event) -> None:
            assert "-presence" not in event["text"]

        here.stream.join(Reader(send, frozenset(topics)), Cursor.parse(tab.page.cursor))

    await world.passes(10)
    assert tab.shown == "1 guest is here"


async def test_in_a_crowd_nobody_is_said_to_come_or_go(world, room):
    here = await world.starts()
    first = await world.opens(room, here)
    text = (await in_thread(Client().get, f"/posts/{room}/", follow=True)).content.decode()
    for _ in range(CROWD):
        Tab(text, world, None).connect(here)
    await world.passes(15)

    await world.opens(room, here, await in_thread(shows_name, "Ana"))
    await world.until(lambda: first.shown == f"Ana and {CROWD + 1} guests are here")

    assert not first.line


def test_of_many_names_the_first_are_spelled_out():
    names = [f"Reader {letter}" for letter in "KJIHGFEDCBA"]

    assert People.of(names, 2).words == [
        *sorted(names)[:MOST_NAMES],
        f"{11 - MOST_NAMES} more",
        "2 guests",
    ]
    assert People.of(["ben", "Ana", "Cleo"], 0).words == ["Ana", "ben", "Cleo"]


async def test_who_one_is_comes_from_the_session():
    """Through the real socket, by the real clock."""
    post, _ = await in_thread(published, title="Emma")
    ana = await in_thread(shows_name, "Ana")
    client = Client()
    await in_thread(client.force_login, ana)
    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value

    def says(text: str) -> Callable[[Page], bool]:
        return lambda page: text in page.tree.text_content()

    async with opened(f"/posts/{post.pk}/", client) as mine:
        await asyncio.wait_for(mine.until(says("Ana is here")), 4)
        async with opened(f"/posts/{post.pk}/", client), opened(f"/posts/{post.pk}/") as guest:
            await asyncio.wait_for(guest.until(says("Ana and 1 guest are here")), 4)
