"""Who is here: over all tabs, processes and hosts, with the real channel layer."""

from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client

from accounts.factories import UserFactory
from posts.factories import published
from updater import presence as module
from updater.tests.rooms import ALONE, STEP, Tab, shows_name
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


async def test_those_who_want_it_are_named_and_all_others_are_guests(world, room):
    here = await world.starts()
    ana, ben = await in_thread(shows_name, "Ana"), await in_thread(shows_name, "Ben")
    cleo = await in_thread(UserFactory, name="Cleo")
    tabs = [await world.opens(room, here, user) for user in (ben, cleo, ana, None, None)]

    took = await world.until(lambda: all(tab.shown for tab in tabs))

    assert {tab.shown for tab in tabs} == {"Ana, Ben and 3 guests are here"}
    assert took <= 2
    assert "Cleo" not in "".join(text for _, text in tabs[0].frames)


async def test_who_is_alone_reads_so_until_somebody_comes_and_when_they_have_left(world, room):
    here = await world.starts()
    tab = await world.opens(room, here)
    await world.until(lambda: tab.shown == ALONE)

    ana = await world.opens(room, here, await in_thread(shows_name, "Ana"))
    await world.until(lambda: tab.shown == "Ana and 1 guest are here")
    assert ALONE not in "".join(text for _, text in ana.frames)
    tab.disconnect()
    await world.until(lambda: ana.shown == ALONE)


async def test_who_is_alone_with_several_tabs_is_alone(world, room):
    here = await world.starts()
    ana = await in_thread(shows_name, "Ana")
    tabs = [await world.opens(room, here, ana) for _ in range(3)]

    await world.until(lambda: all(tab.shown == ALONE for tab in tabs))


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
    assert elsewhere.shown == ALONE
    assert guest.shown == "Ana and 1 guest are here"


async def test_the_readers_of_a_crashed_process_vanish_within_a_minute(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    await world.opens(room, second, await in_thread(shows_name, "Ana"))
    await world.opens(room, second)
    await world.until(lambda: guest.shown == "Ana and 2 guests are here")

    await world.ends(second, second.crash)
    took = await world.until(lambda: guest.shown == ALONE)

    assert 10 < took < 30
    assert not guest.lines


async def test_a_process_that_ends_says_so(world, room):
    first, second = await world.starts(), await world.starts()
    guest = await world.opens(room, first)
    await world.opens(room, second)
    await world.until(lambda: guest.shown == "2 guests are here")

    await world.ends(second, second.stream.stop)

    assert await world.until(lambda: guest.shown == ALONE) <= 8


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
    render = module.draw_all
    monkeypatch.setattr(module, "draw_all", lambda work, n: drawn.append(work) or render(work, n))
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
    assert first.shown == ALONE

    first.transport.producerPaused = False
    await world.until(lambda: first.shown == "3 guests are here", within=3)
