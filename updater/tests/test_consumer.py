"""What a socket may ask, and what happens to one that misbehaves."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.factories import UserFactory
from accounts.sessions import announce_sign_out
from posts.events import announce
from posts.factories import published
from updater import consumers
from updater.tests.conftest import in_thread, opened, socket_to

pytestmark = pytest.mark.django_db(transaction=True)

POSTS = "?topic=posts&topic=cards"


@pytest.mark.parametrize(
    "query",
    [
        POSTS,
        "?topic=post-1",
        "?topic=author-12&topic=cards",
        "?topic=tag-ghost-stories&topic=cards",
        "?topic=tag-%E6%9C%AC",
    ],
)
async def test_known_topics_are_welcome(query):
    socket = socket_to(query)
    connected, _ = await socket.connect()
    assert connected
    await socket.disconnect()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?topic=",
        "?topic=nonsense",
        "?topic=posts&topic=nonsense",
        "?topic=user-1",
        "?topic=post-0",
        "?topic=post-x",
        "?topic=tag-",
        "?topic=POSTS",
        "?" + "&".join(f"topic=post-{n}" for n in range(1, 60)),
        "?topic=post-" + "9" * 40,
    ],
)
async def test_unknown_topics_are_refused(query):
    connected, _ = await socket_to(query).connect()
    assert not connected


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"garbage", None])
async def test_another_origin_is_refused(origin):
    connected, _ = await socket_to(POSTS, origin=origin).connect()
    assert not connected


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "{",
        "7",
        "[]",
        "null",
        '"cursor"',
        "{}",
        '{"body": {}}',
        "[" * 3000,
        '{"cursor": "' + "x" * 20_000 + '"}',
    ],
)
async def test_what_is_not_understood_closes_that_socket_and_no_other(text, caplog):
    async with opened() as other:
        socket = socket_to(POSTS)
        await socket.connect()
        await socket.send_to(text_data=text)

        assert await socket.receive_output(3) == {
            "type": "websocket.close",
            "code": consumers.NOT_UNDERSTOOD,
        }
        await in_thread(publish_announced, title="Still here")
        await other.sees("Still here")
    assert "Traceback" not in caplog.text


async def test_binary_frames_are_not_understood():
    socket = socket_to(POSTS)
    await socket.connect()
    await socket.send_to(bytes_data=b'{"cursor": "a.1"}')

    assert (await socket.receive_output(3))["code"] == consumers.NOT_UNDERSTOOD
    await socket.wait()


@pytest.mark.parametrize("cursor", ["bogus", "", "aaaa.1", "aaaa.999999", "start.7", 7, None])
async def test_a_bogus_cursor_gets_a_reset(cursor):
    await in_thread(published)
    socket = socket_to(POSTS)
    await socket.connect()
    await socket.send_to(text_data=json.dumps({"cursor": cursor}))

    frame = await socket.receive_from(3)
    assert 'hx-get=""' in frame
    assert "load delay:" in frame
    await socket.disconnect()


@pytest.mark.parametrize(
    "shape",
    [
        lambda c: {"cursor": c},
        lambda c: {"headers": {}, "body": {"cursor": c}},
        lambda c: {"cursor": c, "headers": {"HX-Request": "true"}},
    ],
)
async def test_both_flavours_of_htmx_4_are_understood(shape):
    _, change = await in_thread(published, title="Emma")
    socket = socket_to(POSTS)
    await socket.connect()
    await socket.send_to(text_data=json.dumps(shape(str(change.cursor))))

    assert "live" in await socket.receive_from(3)
    await socket.disconnect()


async def test_a_socket_that_never_says_where_it_stands_is_closed(monkeypatch):
    monkeypatch.setattr(consumers, "CURSOR_WITHIN", 0.05)
    socket = socket_to(POSTS)
    await socket.connect()

    assert (await socket.receive_output(3))["code"] == consumers.NO_CURSOR
    await socket.wait()


async def test_nothing_is_sent_before_the_cursor_has_come():
    async with opened() as other:
        socket = socket_to(POSTS)
        await socket.connect()
        await in_thread(publish_announced, title="Dune")
        await other.sees("Dune")

        assert await socket.receive_nothing(0.3)
        await socket.disconnect()


async def test_a_socket_that_floods_is_closed():
    async with opened() as other:
        socket = socket_to(POSTS)
        await socket.connect()
        for _ in range(consumers.MOST_MESSAGES + 1):
            await socket.send_to(text_data='{"cursor": "start.0"}')

        event = await socket.receive_output(3)
        while event["type"] != "websocket.close":
            event = await socket.receive_output(3)
        assert event["code"] == consumers.TOO_MANY
        await in_thread(publish_announced, title="Still here")
        await other.sees("Still here")


def publish_announced(**fields):
    post, change = published(**fields)
    announce(change)
    return post


def signed_in() -> tuple[Client, int]:
    user = UserFactory()
    client = Client()
    client.force_login(user)
    return client, user.pk


async def closes(page) -> int:
    """Take what the page is sent until its socket is closed; return the code."""
    while True:
        event = await page.socket.receive_output(5)
        if event["type"] == "websocket.close":
            return event["code"]


async def test_a_socket_closes_when_its_reader_signs_out():
    client, _ = await in_thread(signed_in)
    async with opened(client=client) as mine, opened() as others:
        await in_thread(client.post, "/accounts/logout/")

        assert await closes(mine) == 4401
        await in_thread(publish_announced, title="Dune")
        await others.sees("Dune")


async def test_a_socket_closes_when_its_reader_is_deactivated():
    client, user_id = await in_thread(signed_in)

    def deactivate() -> None:
        get_user_model().objects.filter(pk=user_id).update(is_active=False)
        announce_sign_out(user_id)

    async with opened(client=client) as page:
        await in_thread(deactivate)

        assert await closes(page) == 4401


async def test_a_socket_closes_when_the_password_is_changed_elsewhere():
    client, user_id = await in_thread(signed_in)

    def change_password() -> None:
        AccountAdapter().set_password(get_user_model().objects.get(pk=user_id), "new and long")

    async with opened(client=client) as page:
        await in_thread(change_password)

        assert await closes(page) == 4401


async def test_without_a_ring_the_end_of_a_session_is_noticed_later(monkeypatch):
    monkeypatch.setattr("updater.stream.SESSIONS_EVERY", 0.2)
    client, _ = await in_thread(signed_in)
    async with opened(client=client) as page:
        await in_thread(client.logout)

        assert await closes(page) == 4401


async def test_a_notice_to_look_again_leaves_valid_sessions_alone():
    client, user_id = await in_thread(signed_in)
    async with opened(client=client) as page:
        await in_thread(announce_sign_out, user_id)
        await in_thread(publish_announced, title="Dune")

        await page.sees("Dune")
