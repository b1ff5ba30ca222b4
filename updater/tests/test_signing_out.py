"""However a session ends, its sockets close within a second, whatever their pages were doing."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from accounts.sessions.sign_ins import SignIn
from bookshelf.asgi import application
from bookshelf.doorbell import announce
from bookshelf.log import Change
from posts.factories import commented, published
from updater import consumers, shared_stream
from updater import sessions as module
from updater.close_codes import CloseCode
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.conftest import socket_to
from updater.tests.running import in_thread
from updater.tests.session_ends import WAYS, Account, deletes_all_sessions, logs_out
from updater.tests.test_reader import Protocol

pytestmark = pytest.mark.django_db(transaction=True)

POSTS = "?topic=posts&topic=cards"
WITHIN = 1.0
"""Seconds from the end of a session to the end of its sockets."""


# --- The states ------------------------------------------------------------------------------


async def silent(key: str, stack: AsyncExitStack) -> WebsocketCommunicator:
    """A socket whose page has not sent its cursor yet."""
    socket = socket_to(POSTS, session=key)
    stack.push_async_callback(socket.disconnect)
    assert (await socket.connect())[0]
    return socket


async def asks(socket: WebsocketCommunicator, cursor: str) -> str:
    """Send a cursor, and return what the page is answered."""
    await socket.send_to(text_data=json.dumps({"cursor": cursor}))
    return await socket.receive_from(5)


async def sees(socket: WebsocketCommunicator, words: str) -> None:
    """Take frames until one has these words."""
    while words not in await socket.receive_from(5):
        pass


async def live(key: str, stack: AsyncExitStack) -> WebsocketCommunicator:
    """A socket that takes part in each reading."""
    socket = await silent(key, stack)
    cursor = await in_thread(lambda: str(Change.objects.newest().cursor))
    if "live" not in await asks(socket, cursor):
        await sees(socket, "live")
    return socket


async def reset(key: str, stack: AsyncExitStack) -> WebsocketCommunicator:
    """A socket whose page was asked to load itself again, and has not."""
    socket = await silent(key, stack)
    assert 'hx-get=""' in await asks(socket, "bogus.1")
    return socket


async def behind(key: str, stack: AsyncExitStack) -> WebsocketCommunicator:
    """A socket whose connection is full."""
    blocked, drained = asyncio.Event(), asyncio.Event()

    async def on_a_slow_line(scope, receive, send) -> None:
        async def send_slowly(event) -> None:
            if event["type"] == "websocket.send":
                blocked.set()
                await drained.wait()
            await send(event)

        await application(scope, receive, send_slowly)

    socket = socket_to(POSTS, session=key)
    socket = WebsocketCommunicator(
        on_a_slow_line, f"/ws/update_notice/{POSTS}", headers=socket.scope["headers"]
    )
    stack.push_async_callback(socket.disconnect)
    stack.callback(drained.set)
    assert (await socket.connect())[0]
    stream = shared_stream.current()
    before = stream.behind
    async with asyncio.timeout(5):
        await socket.send_to(text_data='{"cursor": "bogus.1"}')
        await blocked.wait()
        await socket.send_to(text_data='{"cursor": "bogus.1"}')
        while stream.behind == before:
            await asyncio.sleep(0.01)
    return socket


STATES = [silent, live, reset, behind]


async def closes(socket: WebsocketCommunicator) -> int | None:
    """Return the code with which the socket is closed within WITHIN seconds; None if it is not."""
    # Not `receive_output`, which ends the application when nothing comes.
    with suppress(TimeoutError):
        async with asyncio.timeout(WITHIN):
            while True:
                event = await socket.output_queue.get()
                if event["type"] == "websocket.close":
                    return event["code"]
    return None


# --- Each way, in each state -----------------------------------------------------------------


@pytest.mark.parametrize("end", WAYS, ids=lambda way: way.__name__)
async def test_every_socket_of_a_session_closes_when_it_ends(end: Callable[[Account], None]):
    await in_thread(published)
    account, other = await in_thread(Account), await in_thread(Account)
    # Signing in again gives the browser another one.
    key = account.key
    async with AsyncExitStack() as stack:
        sockets = {state.__name__: await state(key, stack) for state in STATES}
        others = await live(other.key, stack)
        stream = shared_stream.current()
        assert stream.count == len(STATES) + 1

        await in_thread(end, account)
        codes = await asyncio.gather(*map(closes, sockets.values()))

        assert dict(zip(sockets, codes, strict=True)) == dict.fromkeys(
            sockets, CloseCode.SIGNED_OUT
        )
        if end is deletes_all_sessions:
            assert await closes(others) == CloseCode.SIGNED_OUT
        else:
            assert stream.count == 1
            await in_thread(publish_announced, title="Still here")
            await sees(others, "Still here")


def publish_announced(**fields) -> None:
    announce(published(**fields)[1])


async def test_a_socket_is_sent_nothing_after_its_session_has_ended():
    post, change = await in_thread(published)
    account = await in_thread(Account)
    async with AsyncExitStack() as stack:
        socket = await reset(account.key, stack)
        guest = await live("", stack)
        await in_thread(logs_out, account)
        assert await closes(socket) == CloseCode.SIGNED_OUT

        # It may send this before it hears that it is closed.
        await socket.send_to(text_data=json.dumps({"cursor": str(change.cursor)}))
        await in_thread(mention, account, post)
        await in_thread(publish_announced, title="Dune")

        await sees(guest, "Dune")
        assert shared_stream.current().count == 1
        assert socket.output_queue.empty()


def mention(account: Account, post) -> None:
    commented(post, author=Account().user, body=f"@{account.user.username} look")


async def test_a_session_that_ends_while_its_socket_opens_has_ended(monkeypatch):
    account = await in_thread(Account)
    look_up = consumers._sign_in_of

    def look_up_too_early(key: str) -> SignIn | None:
        try:
            return look_up(key)
        finally:
            Session.objects.all().delete()

    monkeypatch.setattr(consumers, "_sign_in_of", look_up_too_early)
    async with AsyncExitStack() as stack:
        assert await closes(await silent(account.key, stack)) == CloseCode.SIGNED_OUT


async def test_without_a_database_nobody_is_signed_out_and_with_it_those_who_are(
    monkeypatch, caplog
):
    await in_thread(published)
    account, other = await in_thread(Account), await in_thread(Account)
    changed_sign_ins, is_away, failures = module.changed_sign_ins, True, []

    def fail_while_away(*args):
        if is_away:
            failures.append(args)
            raise OperationalError("the database is away")
        return changed_sign_ins(*args)

    monkeypatch.setattr(module, "SESSIONS_EVERY", 0.05)
    monkeypatch.setattr(module, "changed_sign_ins", fail_while_away)
    async with AsyncExitStack() as stack:
        mine, others = await live(account.key, stack), await live(other.key, stack)
        await in_thread(logs_out, account)
        seen = len(failures)
        async with asyncio.timeout(5):
            while len(failures) < seen + 3:
                await asyncio.sleep(0.01)
        assert mine.output_queue.empty()
        assert others.output_queue.empty()

        is_away = False
        assert await closes(mine) == CloseCode.SIGNED_OUT
        await shared_stream.current()._sessions.check()
        assert shared_stream.current().count == 1
    lines = [record.getMessage() for record in caplog.records]
    assert sum("session check lost" in line for line in lines) == 1
    assert sum("session check back" in line for line in lines) == 1


async def test_a_session_that_is_written_to_keeps_its_sockets():
    await in_thread(published)
    account = await in_thread(Account)

    def write() -> None:
        store = account.store
        store["theme"] = "dark"
        store.save()

    async with AsyncExitStack() as stack:
        sockets = [await state(account.key, stack) for state in STATES]
        await in_thread(write)
        await shared_stream.current()._sessions.check()

        assert shared_stream.current().count == len(sockets)


# --- What it costs -----------------------------------------------------------------------------


async def test_guests_cost_no_query_and_a_user_with_many_tabs_one_look_up(monkeypatch):
    await in_thread(published)
    account = await in_thread(Account)
    guest = await in_thread(lambda: Client().session.session_key)
    looks = []

    def note(sign_ins):
        looks.append(len(sign_ins))
        return {}

    monkeypatch.setattr(module, "changed_sign_ins", note)
    monkeypatch.setattr(module, "SESSIONS_EVERY", 3600)
    async with AsyncExitStack() as stack:
        await live("", stack)
        await live(guest, stack)
        await shared_stream.current()._sessions.check()
        assert looks == []

        for _ in range(3):
            await live(account.key, stack)
        await shared_stream.current()._sessions.check()
        assert looks == [1]


# --- A connection that takes nothing ----------------------------------------------------------


async def test_a_connection_that_is_full_is_cut_off_and_another_one_is_closed():
    stream = UpdateStream()
    sign_in = SignIn("ended", 1, 0)
    stuck, quick = Protocol(), Protocol()
    stuck.open.clear()
    try:
        for wire in (stuck, quick):
            reader = Reader(wire.send, frozenset({"posts"}), user_id=1, sign_in=sign_in)
            stream.enter(reader)
            stream.join(reader, None)
        assert stream.count == 2

        await stream._sessions.check()

        assert stuck.transport.cut
        assert not quick.transport.cut
        assert quick.sent[-1] == "websocket.close"
        assert stream.count == stream.behind == 0
    finally:
        stopping = stream.stop()
        stuck.open.set()
        await stopping
