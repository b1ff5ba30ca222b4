"""A crowd: as many readers as the machine holds, in as many processes as that takes.

script/bench --crowd 250000
"""

import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from bench.figures.samples import median
from bench.fleet import Fleet, HandOut
from bench.harness import Bench
from updater.tests.page import Page

PROCESS = 15_000
"""Readers for each process, when all are there."""

MOST = 19_000
"""Readers for each process, and with those of another that was killed: a process may often open
20,000 files."""

IDLE = 50.0
"""Seconds for which nothing happens but pings, of which each reader gets one every 25 s."""

IDLE_SHARE = "ten thousand idle readers, % of a core"

BACK_AT_ONCE = 400
"""Readers of the process that was killed who connect at once."""


def crowd(bench: Bench, readers: int, processes: int = 0, short: bool = False) -> None:
    """Connect them, post, edit and like, kill a process, and look whether all are as they should.

    `short` leaves out what takes long. Readers are divided evenly among the processes.
    """
    # The others have to hold the readers of the one that is killed as well.
    processes = processes or max(-(-readers // PROCESS), -(-readers // MOST) + 1)
    each = readers // processes
    readers = each * processes
    label = f"{readers:,} readers on {processes} processes"
    figures = bench.results.servers[label]
    with ExitStack() as stack:
        site = bench.site()
        fleet = Fleet(stack, site, processes)
        first = fleet.page()
        free, base = available(), fleet.memory()
        took = fleet.connect(each, site.post.cursor, keep=1)
        figures["connects a second"] = readers / took
        adds = figures["memory that a reader adds, KiB"] = (fleet.memory() - base) / readers / 1024
        if not short:
            idle(fleet, figures, readers)
        outs = hand_outs(fleet, figures, short)
        memory = figures["memory of all servers, KiB a reader"] = fleet.memory() / readers / 1024
        figures["memory of all, with clients and kernel, KiB a reader"] = (
            (free - available()) / readers / 1024
        )
        second = fleet.page()
        not_once = kill(fleet, figures)
        fleet.post()
        looks = fleet.all_do("look")
        pages = [first] * (processes - 1) + [second]
        different = differing(fleet, pages, looks)
    row = bench.results.row
    lost = readers - sum(look["readers"] for look in looks)
    back = figures["back after a kill, s"]
    row(f"{label}: lost", lost, "≤ 0", "after a kill as well", safe=True)
    detail = f"of the {each:,} who were back after {back:.1f} s"
    row("after the kill: have what they missed, but not once", not_once, "≤ 0", detail, safe=True)
    detail = f"{processes} were compared"
    row("pages that are not as a fresh load", different, "≤ 0", detail, safe=True)
    row("memory that a reader adds, KiB", adds, "≤ 26", "PSS", safe=True)
    if short:
        return
    row("memory of all servers, KiB a reader", memory, "≤ 26", "PSS, after some posts")
    last, cost = max(out.last for out in outs), figures["CPU, µs a reader and frame"]
    row("the last one has it after, s", last, "≤ 4", "the slowest of posts and edits")
    row("CPU of all servers for each reader and frame, µs", cost, "≤ 20", "single posts")
    row("all back after the kill, s", back, "≤ 20", "and have what they missed")
    row("connects a second", figures["connects a second"], "≥ 2500", "caught up")
    row("ten thousand idle readers, % of a core", figures[IDLE_SHARE], "≤ 3", "with pings")


def available() -> int:
    """Bytes of memory that are left on this machine."""
    text = Path("/proc/meminfo").read_text()
    return int(text.split("MemAvailable:")[1].split()[0]) * 1024


def idle(fleet: Fleet, figures: dict[str, float], readers: int) -> None:
    """What readers cost to whom nothing is sent but pings."""
    time.sleep(5)
    before, began = fleet.cpu(), time.monotonic()
    time.sleep(IDLE)
    share = (fleet.cpu() - before) / (time.monotonic() - began)
    figures[IDLE_SHARE] = share * 100 * 10_000 / readers


def hand_outs(fleet: Fleet, figures: dict[str, float], short: bool) -> list[HandOut]:
    """Post, edit and like. Returns how that went where one change came at a time."""
    fleet.post()
    # Before the others: a page shows twenty posts, and all that follow are to be among them.
    burst = fleet.post(20)
    times = 1 if short else 5
    posts = [fleet.post() for _ in range(times)]
    edits = [fleet.edit() for _ in range(1 if short else 2)]
    likes = fleet.likes([f"reader-{number}" for number in range(100)])
    figures["CPU, µs a reader and frame"] = median([out.each for out in posts])
    figures["the last one has a post after, s"] = median([out.last for out in posts])
    figures["an edit, s"] = median([out.last for out in edits])
    figures["an edit, µs"] = median([out.each for out in edits])
    figures["a hundred likes, s"] = likes.last
    figures["a hundred likes, µs a frame"] = likes.each
    figures["twenty posts at once, s"] = burst.last
    return [*posts, *edits]


def kill(fleet: Fleet, figures: dict[str, float]) -> int:
    """Kill a process; its readers come back to the others, and miss nothing that came meanwhile.

    Returns how many did not get that exactly once.
    """
    victim, client = fleet.servers.pop(), fleet.clients.pop()
    cursor = fleet.site.post.cursor
    many = fleet.tell(client, "look")["readers"]
    began = time.monotonic()
    victim.kill()
    fleet.tell(client, "close")
    fleet.post()
    fleet.tell(client, "expect", marker=fleet.site.post.marker)
    how = fleet.how(fleet.servers, cursor, burst=BACK_AT_ONCE)
    fleet.tell(client, "connect", n=many, keep=1, network="127.0.1", **how)
    fleet.tell(client, "wait")
    figures["back after a kill, s"] = time.monotonic() - began
    fleet.clients.append(client)
    not_once: int = fleet.tell(client, "look")["not_once"]
    return not_once


def differing(fleet: Fleet, before: list[str], looks: list[dict[str, Any]]) -> int:
    """Count the pages that are no fresh load after what their readers got, who keep it.

    `before` are the pages that they had, the same order as `looks`.
    """
    fresh = Page(fleet.page())
    count = 0
    for text, look in zip(before, looks, strict=True):
        page = Page(text)
        for frame in chain.from_iterable(look["texts"]):
            page.apply(frame)
        shown = page.posts[: len(fresh.posts)]
        count += (shown, page.cursor) != (fresh.posts, fresh.cursor)
    return count
