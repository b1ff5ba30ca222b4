"""The stream when a doorbell message is lost or repeated, or the database or the log fails."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from bookshelf.doorbell import GROUP, NOTICE
from bookshelf.log import Change
from posts.factories import published
from updater import shared_stream
from updater.tests.conftest import opened
from updater.tests.running import in_thread
from updater.tests.test_stream import post_announced

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def without_doorbell(monkeypatch):
    """A layer that loses everything."""

    async def group_send(group, message):
        pass

    monkeypatch.setattr(get_channel_layer(), "group_send", group_send)


async def test_a_lost_doorbell_message_is_made_up_for_by_the_next_poll(without_doorbell):
    async with opened() as page:
        await in_thread(post_announced, title="Dune")

        await asyncio.wait_for(page.sees("Dune"), 3)


async def test_a_repeated_doorbell_message_shows_nothing_twice():
    async with opened() as page:
        await in_thread(post_announced, title="Dune")
        for _ in range(3):
            await get_channel_layer().group_send(GROUP, {"type": NOTICE, "new_id": 1})
        await page.sees("Dune")
        await in_thread(post_announced, title="Emma")
        await page.sees("Emma")

        assert page.seen == sorted(set(page.seen))


async def test_posts_of_another_process_arrive_by_themselves(without_doorbell):
    """The admin, a command, another host: every change in the log is seen."""
    async with opened() as page:
        await in_thread(published, title="From elsewhere")

        await asyncio.wait_for(page.sees("From elsewhere"), 3)


async def test_a_database_that_fails_for_a_while_loses_nobody(monkeypatch):
    async with opened() as page:
        log_reader = shared_stream.current()._log_reader
        read, failures = log_reader.read, []

        def fail_twice(*args):
            if len(failures) < 2:
                failures.append(args)
                raise OSError("the database is away")
            return read(*args)

        monkeypatch.setattr(log_reader, "read", fail_twice)
        await in_thread(post_announced, title="Dune")

        await asyncio.wait_for(page.sees("Dune"), 8)
        assert len(failures) == 2


async def test_a_log_that_is_another_one_resets_every_page():
    await in_thread(post_announced, title="Emma")
    async with opened() as page:

        def restore_another() -> None:
            Change.objects.update(word="another0history0")

        await in_thread(restore_another)

        await page.until(lambda page: page.was_reset)
