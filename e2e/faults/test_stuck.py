"""Fault 7: a reader stops reading. It is dropped, costs nothing, and the others do not notice."""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from e2e.faults.fault import THOROUGH, Run, within
from e2e.faults.followers import Follower
from e2e.faults.servers import IMPATIENT, SERVERS, TunedDaphne, server_of
from e2e.faults.site import wait_for
from e2e.services import ROOT

READERS = 200 if THOROUGH else 50
QUESTIONS = 12
STUCK = 4
"""How many stop: of one alone, the process's own coming and going would hide what it costs."""
BACK = 100
"""Changes that its page asks for again and again, so that its connection fills."""

WRITE = f"""
import django; django.setup()
from accounts.models import User
from posts.factories import published
author, _ = User.objects.get_or_create(username="elsewhere")
for number in range({BACK}):
    published(title=f"{{number}} " + 190 * "書", author=author, body=1000 * "書")
"""
"""Posts that are as long as they get on a list: over half a megabyte for who missed them."""


class StuckFollower(Follower):
    """A page whose machine has a tiny buffer, and which stops reading for a while."""

    stuck = False

    async def _connect(self) -> ClientConnection:
        port = self._pick()
        plain = socket.socket()
        if not self.returned and self.lost_at is None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.setblocking(False)
        plain.settimeout(5)
        plain.connect(("127.0.0.1", port))
        query = "&".join(f"topic={topic}" for topic in self.sheet.topics)
        return await websockets.connect(
            f"ws://127.0.0.1:{port}/ws/update_notice/?{query}",
            sock=plain,
            origin=f"http://127.0.0.1:{port}",
            compression=None,
            close_timeout=1,
            ping_interval=None,
        )

    async def stops_reading(self) -> None:
        self.socket.transport.pause_reading()

    async def reads_again(self) -> None:
        self.socket.transport.resume_reading()


async def ask_from(cursor: str, follower: Follower) -> None:
    """Ask for what has been since that place, again."""
    await follower.socket.send(json.dumps({"cursor": cursor}))


async def read_on(server: TunedDaphne, cursor: str) -> None:
    """Ask for the same as often, and read what comes."""
    address = server.url.replace("http", "ws") + "/ws/update_notice/?topic=posts&topic=cards"
    async with websockets.connect(address, origin=server.url, compression=None) as socket:
        for _ in range(QUESTIONS):
            await socket.send(json.dumps({"cursor": cursor}))
            while "conn-word" not in await asyncio.wait_for(socket.recv(), 10):
                pass


def arrivals(run: Run, since: float, until: float) -> float:
    """Return the milliseconds from a change to a page that shows it: the median of all readers."""
    took = []
    for change in run.site.log():
        if since <= change.at < until:
            for follower in run.crowd.followers:
                if isinstance(follower, StuckFollower):
                    continue
                at = next((at for at, place in follower.moves if place.seq >= change.seq), None)
                if at is not None:
                    took.append(1000 * (at - change.at))
    return statistics.median(took)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_reader_that_stops_reading(site, fault, kind):
    if THOROUGH:
        # As in production: 50 s of pings on Daphne, 55 s of our own patience on uvicorn.
        server = server_of(site, kind)
    else:
        # uvicorn's pings never end such a connection: what is on its way out has to leave first.
        patience = {"application": "e2e.faults.impatient:application"}
        server = server_of(site, kind, *IMPATIENT[kind], **patience)
    with site.served_by(server):
        subprocess.run([sys.executable, "-c", WRITE], env=server.env, cwd=ROOT, check=True)
        name = f"7. A reader stops reading ({kind})"
        with fault(name, browser=None, readers=READERS, rate=5) as run:
            stuck = [site.loop.run(joined(run)) for _ in range(STUCK)]
            # Before the authors' first words: a hundred long posts ago.
            first = site.log()[-BACK - run.authors.acknowledged.total()]
            old = f"{first.word}.{first.seq}"
            # Somebody who does read, first: what the process needs to answer it has, then.
            for _ in range(2):
                site.loop.run(read_on(server, old))
            began = time.time()
            # Asked for its numbers as often as later, which takes its time, too.
            while time.time() < began + 4:
                before = server.megabytes
                run.goes_on(0.05)

            asked = time.time()
            for each in stuck:
                site.loop.run(each.stops_reading())
            fill(run, server, stuck, old)
            full = time.time()
            most = most_until_they_are_gone(server)
            gone = time.time()

            for each in stuck:
                site.loop.run(each.reads_again())
            wait_for(lambda: all(each.returned for each in stuck), within=40, what="they come back")
            run.is_over()
            run.every_reader_is_live()
            # Their own cursors were far behind.
            for each in stuck:
                each.backward = 0
        quiet, beside = arrivals(run, began, asked), arrivals(run, full, gone)

    took, grown = gone - asked, (most - before) / STUCK
    print(
        f"{kind}: a reader that does not read is cut off after {took:.1f} s; the process grew by"
        f" {grown:.1f} MB for it; a change took {quiet:.0f} ms to reach the others before, and"
        f" {beside:.0f} ms meanwhile"
    )
    assert took < (60 if THOROUGH else within(12))
    assert grown < 2
    assert beside < 3 * quiet + 100
    assert all(len(each.returned) == 1 for each in stuck)
    assert "Traceback" not in server.text


async def joined(run: Run) -> StuckFollower:
    """One more reader, who opens the page as the others did."""
    stuck = StuckFollower(run.site.pick, "/", run.crowd.followers[0].sheet)
    stuck.start()
    assert await run.crowd.until(lambda: stuck.is_live, 10)
    run.crowd.followers.append(stuck)
    return stuck


def fill(run: Run, server: TunedDaphne, stuck: list[StuckFollower], old: str) -> None:
    """Have so much sent to them that their connections are full."""
    for _ in range(QUESTIONS):
        for each in stuck:
            run.site.loop.run(ask_from(old, each))
        run.goes_on(0.15)
    full = lambda: server.numbers()["readers_behind"] == STUCK  # noqa: E731
    wait_for(full, within=5, what="their connections are full")


def most_until_they_are_gone(server: TunedDaphne) -> float:
    """The most memory in use until they have been cut off, in megabytes."""
    most = 0.0

    def gone() -> bool:
        nonlocal most
        numbers = server.numbers()
        most = max(most, numbers["process_resident_memory_bytes"] / 2**20)
        return numbers["readers"] == READERS

    wait_for(gone, within=65, what="they are cut off")
    return most
