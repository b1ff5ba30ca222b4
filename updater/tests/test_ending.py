"""A process that ends sends its readers away a few at a time, and finishes what it is at.

The servers' part (the signal itself, on Daphne and on uvicorn) is in e2e/faults/test_ending.py.
"""

import asyncio
import time

import pytest
from channels.testing import HttpCommunicator, WebsocketCommunicator

from updater.ending import CLOSE_CODE, Ending, send_away
from updater.reader import Reader

TOPICS = frozenset({"posts"})


async def slow_application(scope, receive, send):
    """Answers after a while."""
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": b"done"})


@pytest.fixture
def ended():
    """When the signal was handed on to the server, and for which."""
    return []


@pytest.fixture
def ending(ended):
    """An application that hears a signal as if a server had been there to hear it."""
    ending = Ending(slow_application)
    ending._server = lambda number, frame: ended.append((time.monotonic(), number))
    return ending


def told_to_end(ending: Ending) -> None:
    ending._loop = asyncio.get_running_loop()
    ending._heard(15, None)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_readers_are_sent_away_evenly():
    closed = []

    async def send(event):
        closed.append((time.monotonic(), event))

    began = time.monotonic()
    await send_away([Reader(send, TOPICS) for _ in range(100)], 1.0)

    assert {event["code"] for _, event in closed} == {CLOSE_CODE}
    after = [at - began for at, _ in closed]
    halves = sum(at < 0.5 for at in after)
    assert 40 <= halves <= 60
    assert max(after) < 1.5


async def test_who_has_left_is_not_sent_away():
    closed = []

    async def send(event):
        closed.append(event)

    reader = Reader(send, TOPICS)
    reader.gone = True
    await send_away([reader], 0)

    assert closed == []


async def test_a_running_request_is_answered_before_the_server_hears_the_signal(ending, ended):
    request = HttpCommunicator(ending, "GET", "/")
    answer = asyncio.ensure_future(request.get_response(timeout=5))
    await asyncio.sleep(0.05)

    told_to_end(ending)
    assert ending.stopping
    response = await answer
    answered = time.monotonic()
    await until(lambda: ended)

    assert response["body"] == b"done"
    # Nobody sends a further request on this connection.
    assert (b"connection", b"close") in response["headers"]
    assert ended[0][0] >= answered
    assert ended[0][1] == 15


async def test_a_second_signal_is_the_servers_at_once(ending, ended):
    request = HttpCommunicator(ending, "GET", "/")
    answer = asyncio.ensure_future(request.get_response(timeout=5))
    await asyncio.sleep(0.05)

    told_to_end(ending)
    ending._heard(15, None)

    assert len(ended) == 1
    await answer
    await until(lambda: len(ended) == 2)


async def test_a_process_that_ends_takes_no_new_socket(ending, ended):
    told_to_end(ending)

    connected, _ = await WebsocketCommunicator(ending, "/ws/update_notice/").connect()
    assert not connected
    await until(lambda: ended)


async def test_a_server_that_can_say_why_a_socket_is_refused_does(ending):
    sent = []

    async def send(event):
        sent.append(event)

    async def receive():
        return {"type": "websocket.connect"}

    ending.stopping = True
    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    await ending(scope, receive, send)

    assert sent[0]["status"] == 503
    assert sent[1]["body"] == b"stopping"


async def test_nothing_is_taken_from_who_has_no_server(ending):
    """A test run, or a command: the signal ends it as ever."""
    plain = Ending(slow_application)
    request = HttpCommunicator(plain, "GET", "/")
    response = await request.get_response(timeout=5)

    assert plain._server is None
    assert response["headers"] == [(b"x-own", b"1")]
