"""A process that ends closes its sockets a few at a time, and answers running requests.

The servers' own part (Daphne's and uvicorn's) is in e2e/faults/test_ending.py.
"""

import asyncio
import signal
import threading
import time

import pytest
from asgiref.sync import async_to_sync
from channels.testing import HttpCommunicator, WebsocketCommunicator

from updater.close_codes import CloseCode
from updater.reader import Reader, ReaderState
from updater.shutdown import GracefulShutdown, close_evenly

TOPICS = frozenset({"posts"})


async def slow_application(scope, receive, send):
    """Answers after a while."""
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": b"done"})


@pytest.fixture
def ended():
    """When the signal was passed on to the server, and which."""
    return []


@pytest.fixture
def server(ended):
    """A server's handler for SIGTERM: servers set theirs before they serve."""

    def handler(number, frame):
        ended.append((time.monotonic(), number))

    before = signal.signal(signal.SIGTERM, handler)
    yield handler
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
async def ending(server):
    """An application that has answered a request, and so has taken the signal."""
    ending = GracefulShutdown(slow_application)
    await HttpCommunicator(ending, "GET", "/").get_response(timeout=5)
    return ending


async def signal_comes() -> None:
    """Send SIGTERM to this process, and let its event loop begin to stop."""
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(0)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_sockets_are_closed_evenly():
    closed = []

    async def send(event):
        closed.append((time.monotonic(), event))

    began = time.monotonic()
    await close_evenly([Reader(send, TOPICS) for _ in range(100)], 1.0)

    assert {event["code"] for _, event in closed} == {CloseCode.STOPPING}
    after = [at - began for at, _ in closed]
    halves = sum(at < 0.5 for at in after)
    assert 40 <= halves <= 60
    assert max(after) < 1.5


async def test_a_reader_that_has_left_is_not_closed():
    closed = []

    async def send(event):
        closed.append(event)

    reader = Reader(send, TOPICS)
    reader.state = ReaderState.GONE
    await close_evenly([reader], 0)

    assert closed == []


async def test_a_running_request_is_answered_before_the_server_gets_the_signal(ending, ended):
    request = HttpCommunicator(ending, "GET", "/")
    answer = asyncio.ensure_future(request.get_response(timeout=5))
    await asyncio.sleep(0.05)

    await signal_comes()
    assert ending.stopping
    response = await answer
    answered = time.monotonic()
    await until(lambda: ended)

    assert response["body"] == b"done"
    # Nobody sends a further request on this connection.
    assert (b"connection", b"close") in response["headers"]
    assert ended[0][0] >= answered
    assert ended[0][1] == signal.SIGTERM


async def test_a_second_signal_is_the_servers_at_once(ending, ended):
    request = HttpCommunicator(ending, "GET", "/")
    answer = asyncio.ensure_future(request.get_response(timeout=5))
    await asyncio.sleep(0.05)

    await signal_comes()
    await signal_comes()

    assert len(ended) == 1
    await answer
    await until(lambda: len(ended) == 2)


async def test_a_process_that_ends_takes_no_new_socket(ending, ended):
    await signal_comes()

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


async def test_a_process_whose_server_has_no_handler_keeps_its_own():
    """In a test run, or a command, the signal ends the process as ever."""
    before = signal.getsignal(signal.SIGTERM)
    plain = GracefulShutdown(slow_application)
    response = await HttpCommunicator(plain, "GET", "/").get_response(timeout=5)

    assert response["headers"] == [(b"x-own", b"1")]
    assert signal.getsignal(signal.SIGTERM) is before


def test_in_a_thread_of_runserver_the_signal_is_left_alone(server):
    """Python allows no handler in another thread than the main one."""
    responses = []

    def serve() -> None:
        request = HttpCommunicator(GracefulShutdown(slow_application), "GET", "/")
        responses.append(async_to_sync(request.get_response)(timeout=5))

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()

    assert responses[0]["body"] == b"done"
    assert signal.getsignal(signal.SIGTERM) is server


async def test_the_server_gets_the_signal_also_when_draining_fails(
    ending, ended, monkeypatch, caplog
):
    def fail():
        raise OSError("the port is not what it was")

    monkeypatch.setattr("updater.shutdown.stop_listening", fail)
    await signal_comes()
    await until(lambda: ended)

    assert "stopping at once" in caplog.text
    assert len(ended) == 1
