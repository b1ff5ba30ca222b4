"""What a room says of those who are here: their names, or how many there are."""

import asyncio
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.log import Cursor
from posts.factories import published
from updater import presence as module
from updater.reader import Reader
from updater.room import CROWD, MOST_NAMES, People
from updater.tests.conftest import opened
from updater.tests.page import Page
from updater.tests.rooms import ALONE, Tab, shows_name
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_name_is_shown_or_hidden_within_seconds_of_the_setting(world, room):
    here = await world.starts()
    ana = await in_thread(UserFactory, name="Ana")
    tab = await world.opens(room, here, ana)
    await world.opens(room, here)
    await world.until(lambda: tab.shown == "2 guests are here")

    for settings, shown in (
        ({"show_in_rooms": True}, "Ana and 1 guest are here"),
        ({"name": "Anna"}, "Anna and 1 guest are here"),
        ({"show_in_rooms": False}, "2 guests are here"),
    ):
        await in_thread(get_user_model().objects.filter(pk=ana.pk).update, **settings)
        assert await world.until(lambda shown=shown: tab.shown == shown) <= 8
    assert not tab.lines


async def test_a_database_that_fails_for_a_while_leaves_the_names_as_they_are(
    world, room, monkeypatch
):
    here = await world.starts()
    tab = await world.opens(room, here, await in_thread(shows_name, "Ana"))
    await world.opens(room, here)
    await world.until(lambda: tab.shown == "Ana and 1 guest are here")

    def fail(user_ids):
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(module, "visible_names", fail)
        await world.opens(room, here)
        await world.until(lambda: tab.shown == "Ana and 2 guests are here")
        await world.passes(15)
        assert tab.shown == "Ana and 2 guests are here"


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
    assert [tab.shown for tab in tabs] == ["2 guests are here"] * 2 + [ALONE]


async def test_markup_in_a_name_is_text(world, room):
    here = await world.starts()
    name = "<hx-partial hx-target='#main'>"
    tab = await world.opens(room, here, await in_thread(shows_name, name))
    await world.opens(room, here)

    await world.until(lambda: tab.shown == f"{name} and 1 guest are here")

    assert tab.frames[-1][1].count("<hx-partial") == 1


async def test_only_a_page_that_is_one_room_counts(world, room):
    here = await world.starts()
    tab = await world.opens(room, here)
    for topics in ({"posts", "cards"}, {f"post-{room}", f"post-{room + 1}"}):

        async def send(event) -> None:
            assert "-presence" not in event["text"]

        here.stream.join(Reader(send, frozenset(topics)), Cursor.parse(tab.page.cursor))

    await world.passes(10)
    assert tab.shown == ALONE


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
        await asyncio.wait_for(mine.until(says(ALONE)), 4)
        async with opened(f"/posts/{post.pk}/", client), opened(f"/posts/{post.pk}/") as guest:
            await asyncio.wait_for(guest.until(says("Ana and 1 guest are here")), 4)
