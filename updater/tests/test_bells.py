"""Personal frames: the bell of one user, on that user's sockets and on no other's."""

import pytest
from django.test import Client

from accounts.factories import UserFactory
from posts.factories import commented, published
from posts.models import Notification
from updater.tests.conftest import opened, socket_to
from updater.tests.page import Page
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def author_and_post():
    author = await in_thread(UserFactory, username="ana")
    post, _ = await in_thread(published, author=author)
    return author, post


async def test_a_bell_rings_in_every_tab_of_its_user_and_nowhere_else():
    ana, post = await author_and_post()
    ben = await in_thread(UserFactory, username="ben")
    clients = [await in_thread(signed_in, user) for user in (ana, ana, ben)]
    room = f"/posts/{post.pk}/"

    async with (
        opened("/", clients[0]) as first,
        opened("/search/", clients[1]) as second,
        opened(room, clients[2]) as others,
        opened(room) as guest,
    ):
        await in_thread(commented, post, author=ben)
        for tab in (first, second):
            await tab.until(lambda page: page.bell == "1")
        for page in (others, guest):
            await page.until(lambda page: page.comments)
            assert not any('"#bell"' in frame for frame in page.frames[2:])
        assert (others.bell, guest.bell) == ("", "")

        await in_thread(Notification.objects.of(ana).mark_read, ana)
        for tab in (first, second):
            await tab.until(lambda page: page.bell == "")


async def test_what_rang_while_a_tab_was_away_is_shown_when_it_is_back():
    ana, post = await author_and_post()

    async with opened("/", await in_thread(signed_in, ana)) as page:
        await page.disconnect()
        await in_thread(commented, post)
        await page.connect()
        await page.until(lambda page: page.bell == "1")


async def test_a_bell_is_right_after_a_page_whose_cursor_is_newer_than_its_header():
    ana, post = await author_and_post()
    client = await in_thread(signed_in, ana)

    async with opened("/", client) as page:
        await page.disconnect()
        await in_thread(commented, post)
        # A boosted link: the main region is new, the header is not.
        new = Page((await in_thread(client.get, "/")).content.decode())
        page.cursor = new.cursor
        await page.connect()
        await page.until(lambda page: page.bell == "1")


@pytest.mark.parametrize("topic", ["user-1", "bell-1", "user-1&topic=posts"])
async def test_nobody_can_ask_for_another_users_topic(topic):
    connected, _ = await socket_to(f"?topic={topic}").connect()

    assert not connected


async def test_a_page_that_polls_gets_its_bell():
    ana, post = await author_and_post()
    client = await in_thread(signed_in, ana)
    page = Page((await in_thread(client.get, "/")).content.decode())
    await in_thread(commented, post)

    query = {"cursor": page.cursor, "topic": sorted(page.topics)}
    for browser, bell in ((client, "1"), (Client(), "")):
        fresh = Page((await in_thread(client.get, "/")).content.decode())
        fresh.tree.get_element_by_id("bell").text = ""
        for child in list(fresh.tree.get_element_by_id("bell")):
            child.getparent().remove(child)
        fresh.apply((await in_thread(browser.get, "/changes/", query)).content.decode())
        assert fresh.bell == bell
