"""What a socket may ask, and what happens to one that misbehaves."""

import json

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError

from bookshelf.doorbell import announce
from posts.factories import published
from updater import consumers, shared_stream
from updater.close_codes import CloseCode
from updater.tests.conftest import opened, socket_to
from updater.tests.running import in_thread

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

        event = await socket.receive_output(3)
        assert event["type"] == "websocket.close"
        assert event["code"] == CloseCode.NOT_UNDERSTOOD
        await in_thread(publish_announced, title="Still here")
        await other.sees("Still here")
    assert "Traceback" not in caplog.text


async def test_binary_frames_are_not_understood():
    socket = socket_to(POSTS)
    await socket.connect()
    await socket.send_to(bytes_data=b'{"cursor": "a.1"}')

    assert (await socket.receive_output(3))["code"] == CloseCode.NOT_UNDERSTOOD
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


async def test_a_socket_that_sends_no_cursor_is_closed(monkeypatch):
    monkeypatch.setattr(consumers, "CURSOR_WITHIN", 0.05)
    socket = socket_to(POSTS)
    await socket.connect()

    assert (await socket.receive_output(3))["code"] == CloseCode.NO_CURSOR
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
        assert event["code"] == CloseCode.TOO_MANY_MESSAGES
        await in_thread(publish_announced, title="Still here")
        await other.sees("Still here")


async def test_a_page_may_send_its_cursor_again_as_often_as_pages_do(monkeypatch):
    monkeypatch.setattr(consumers, "MESSAGES_WITHIN", 0)
    _, change = await in_thread(published)
    socket = socket_to(POSTS)
    await socket.connect()

    for _ in range(2 * consumers.MOST_MESSAGES + 1):
        await socket.send_to(text_data=json.dumps({"cursor": str(change.cursor)}))
        assert "live" in await socket.receive_from(3)

    await socket.disconnect()


async def test_a_socket_that_leaves_before_it_is_accepted_is_sent_nothing():
    async def receive():
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(event):
        raise AssertionError(event)

    scope = {"type": "websocket", "query_string": POSTS[1:].encode(), "headers": []}
    await consumers.UpdateConsumer()(scope, receive, send)

    assert shared_stream.current() is None


# --- Whose socket it is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cookies", "key"),
    [
        ([], None),
        ([b"theme=dark"], None),
        ([b"sessionid=abc123"], "abc123"),
        ([b"theme=dark; sessionid=abc123"], "abc123"),
        # Browsers send one header.
        ([b"theme=dark", b"sessionid=abc123"], None),
        # Names that are none of ours, and that Python's own parser rejects.
        ([b"a@b=1; sessionid=abc123"], "abc123"),
        ([b"[x]=1; sessionid=abc123; =; ;"], "abc123"),
        ([b"oldsessionid=zzz; sessionid=abc123"], "abc123"),
        ([b"oldsessionid=zzz"], None),
        ([b"sessionid="], None),
        ([b"sessionid=../../etc"], None),
        ([b"sessionid=\xff\xfe"], None),
        ([b'sessionid="abc123"'], "abc123"),
    ],
)
def test_the_session_is_that_of_the_cookie_as_a_page_reads_it(cookies, key):
    headers = [(b"host", b"localhost"), *((b"cookie", value) for value in cookies)]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}

    assert consumers.session_key_of(scope) == key
    page_key = ASGIRequest(scope, None).COOKIES.get("sessionid", "")
    assert key in (None, page_key)
    assert key is not None or not page_key.isascii() or not page_key.isalnum()


async def test_without_a_database_a_signed_in_reader_is_served_as_a_guest(monkeypatch, caplog):
    def fail(keys):
        raise OperationalError("the database is away")

    monkeypatch.setattr(consumers, "sign_ins_of", fail)
    _, change = await in_thread(published)
    socket = socket_to(POSTS, session="abc123")
    await socket.connect()
    await socket.send_to(text_data=json.dumps({"cursor": str(change.cursor)}))

    assert "live" in await socket.receive_from(3)
    assert "session not looked up error=OperationalError" in caplog.text
    assert "Traceback" not in caplog.text
    (reader,) = shared_stream.current().all_readers()
    assert reader.user_id is None
    await socket.disconnect()


def publish_announced(**fields):
    post, change = published(**fields)
    announce(change)
    return post
