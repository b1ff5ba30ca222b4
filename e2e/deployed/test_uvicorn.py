"""The same on uvicorn, as its drop-in starts it."""

import json

import pytest

from e2e.conftest import need
from e2e.deployed.client import open_socket, run
from e2e.deployed.site import UVICORN, deployed_site
from e2e.deployed.test_site import readers


@pytest.fixture(scope="module")
def server(folder):
    need("nginx", "postgres", "redis")
    with deployed_site(folder, drop_ins=(UVICORN,)) as running:
        yield running


def test_tabs_follow_and_outlive_a_process(visitor, author, server):
    tabs = [visitor(quiet=False).reads() for _ in range(4)]
    author.posts("On another server")
    for tab in tabs:
        tab.sees("On another server")
    dead, alive = server.processes
    assert readers(dead) > 0

    dead.kill()
    author.posts("While one is dead")
    for tab in tabs:
        tab.sees("While one is dead")
        tab.is_live()
    assert readers(alive) >= 4
    dead.start()

    # And the way an upgrade ends one.
    alive.stop()
    alive.start()
    author.posts("After all this")
    for tab in tabs:
        tab.sees("After all this")
        tab.has_not_reloaded()
        tab.sees_what_a_fresh_load_shows()


def test_messages_are_not_compressed(visitor, server):
    page = visitor().goes_to("/").page
    cursor = page.locator("#cursor").input_value()

    async def listen() -> tuple[list, str]:
        path = "/ws/update_notice/?topic=posts&topic=cards"
        async with open_socket(server, path, compression="deflate") as socket:
            await socket.send(json.dumps({"cursor": cursor}))
            return socket.protocol.extensions, await socket.recv()

    extensions, greeting = run(listen())

    assert extensions == []
    assert "live" in greeting
