"""Sockets on Daphne itself: what a handshake leaves behind, and pings (docs/dependencies.md)."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from updater import pings
from updater.pings import is_pong

SILENT_UNTIL = 8.0
"""Seconds: a ping comes after 1, is awaited for 2, and Daphne looks every 2."""


@pytest.fixture(scope="module")
def port():
    """The port of a Daphne that pings every second."""
    command = [sys.executable, "-m", "updater.tests.daphne_app"]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "bookshelf.settings", "DEBUG": "1"}
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    # What is logged comes on its other output.
    yield int(process.stdout.readline())
    # It ends by itself: what it ran is counted as covered.
    process.terminate()
    process.wait(10)


@asynccontextmanager
async def socket(port: int, **options):
    address = f"ws://127.0.0.1:{port}/?topic=posts"
    # It offers compression, as browsers do.
    async with connect(address, ping_interval=None, **options) as opened:
        yield opened


async def asks(opened: ClientConnection, question: str):
    await opened.send(question)
    return json.loads(await asyncio.wait_for(opened.recv(), 10))


def run(story) -> None:
    asyncio.run(asyncio.wait_for(story, 30))


def test_nothing_of_the_request_is_left_once_the_page_has_spoken(port):
    async def story() -> None:
        async with socket(port) as first, socket(port) as second:
            await asks(first, "left")
            left = await asks(second, "left")
            while left["requests"]:
                # Daphne looks once a second for what has ended. (Without an end this hangs.)
                await asyncio.sleep(0.1)
                left = await asks(first, "left")

            assert left == {"attributes": [], "options": [], "requests": 0, "deques": []}

    run(story())


def test_a_socket_that_has_settled_takes_messages_of_any_size_and_ends_with_its_code(port):
    async def story() -> None:
        async with socket(port, max_size=None) as opened:
            await asks(opened, "left")
            assert isinstance(await asks(opened, "ended"), list)
            await opened.send("ways")
            await opened.send("ended" + " " * 70_000)
            assert isinstance(json.loads(await opened.recv()), dict)
            assert isinstance(json.loads(await opened.recv()), list)
            await opened.close(4321)
        async with socket(port) as other:
            while 4321 not in await asks(other, "ended"):
                await asyncio.sleep(0.05)

    run(story())


def test_a_reader_that_does_not_read_is_still_seen_to_be_full(port):
    async def story() -> None:
        async with socket(port) as opened:
            await asks(opened, "left")
            await opened.send("fill")
            taken = 0
            while (text := await opened.recv()).startswith("x"):
                taken += 1

            assert int(text) == taken < 5_000

    run(story())


def test_pings_go_past_autobahn_and_who_answers_stays(port):
    async def story() -> None:
        async with socket(port) as opened:
            before = await asks(opened, "ways")
            await asyncio.sleep(SILENT_UNTIL)

            assert await asks(opened, "ways") == before

    run(story())


def test_who_does_not_answer_a_ping_is_cut_off(port):
    async def story() -> None:
        async with socket(port) as opened:
            await asks(opened, "left")
            opened.protocol.send_frame = lambda frame: None
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(opened.recv(), SILENT_UNTIL)

    run(story())


@pytest.mark.parametrize("mask", [bytes(4), b"\x01\x02\x03\xff"])
def test_a_pong_is_compared_without_its_mask(mask):
    payload = bytes(range(100, 120))
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    pong = b"\x8a\x94" + mask + masked

    assert is_pong(pong, payload)
    assert not is_pong(pong, payload[::-1])
    assert not is_pong(pong + b"\x8a", payload)
    assert not is_pong(b"\x89" + pong[1:], payload)
    assert not is_pong(b"\x8a\x14" + pong[2:], payload)


class Server:
    """As much of Daphne's as walks over its sockets: each walk plans the next one."""

    def __init__(self, sockets: int) -> None:
        self.connections = dict.fromkeys(range(sockets))
        self.walks = 0
        self.planned: list[float] = []

    def application_checker(self) -> None:
        self.walks += 1
        self.planned.append(1)

    def callLater(self, seconds, function) -> None:
        assert function == self.application_checker
        self.planned.append(seconds)


@pytest.mark.parametrize(("sockets", "walks"), [(10, 12), (pings.MANY, 3)])
def test_many_sockets_are_walked_over_less_often(monkeypatch, sockets, walks):
    kind = type("Kind", (Server,), {})
    server = kind(sockets)
    seconds = iter(range(1_000, 2_000))
    now = 0
    monkeypatch.setattr(pings.time, "monotonic", lambda: now)
    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", server)

    pings.walk_less_often(kind)
    pings.walk_less_often(kind)
    for _ in range(12):
        now = next(seconds)
        server.application_checker()

    assert server.walks == walks
    # Whether it walked or not, it comes again.
    assert server.planned == [1] * 12
