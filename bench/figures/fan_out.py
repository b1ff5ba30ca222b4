"""A frame for each reader: what it costs, and how that grows."""

import json
from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from bench.contestants import (
    Contestant,
    Nchan,
    Ours,
    OursCounted,
    OursOnUvicorn,
    Peer,
    Tutorial,
    ask,
)
from bench.figures.samples import Samples, median
from bench.harness import BURST, Bench, Site

MOST_PATIENCE = 12.0
"""Seconds after which the posts of a server that is slow are measured enough."""


def fan_out(bench: Bench, readers: int, rounds: int, short: bool = False) -> None:
    """The same frame to `readers`, one post at a time, then a burst; every server in turns.

    `short` leaves all out but ours and the tutorial.
    """
    site = bench.site()
    folder, env = site.folder, site.env
    ours, uvicorn = Ours(folder, env), OursOnUvicorn(folder, env)
    tutorial = Tutorial(folder, env, redis=False)
    nchan = None
    servers: list[Contestant] = [ours, tutorial]
    if not short:
        servers += [uvicorn, Tutorial(folder, env, redis=True)]
        servers += [Peer(folder, "broadcast"), Peer(folder, "floor")]
        if Nchan.is_installed():
            nchan = Nchan(folder)
            servers.append(nchan)
        else:
            bench.results.notes.append(
                "Without Nchan; on Debian or Ubuntu: apt-get install nginx libnginx-mod-nchan"
            )
    for server in servers:
        site.start(server)
        # The first ones have a server load what it then keeps.
        bench.connect(server, BURST, site.post.cursor)
        before = server.memory()
        bench.connect(server, readers - BURST, site.post.cursor)
        memory = (server.memory() - before) / (readers - BURST) / 1024
        bench.results.servers[server.label]["memory, KiB a reader"] = memory
    frame = b"x" * frame_size(bench, site, ours)

    single: Samples = defaultdict(list)
    late: Samples = defaultdict(list)
    burst: Samples = defaultdict(list)
    for server in servers:
        if not isinstance(server, Tutorial):
            bench.hand_out(server, site, frame)
    for _ in range(rounds):
        for server in servers:
            # A tutorial's post takes seconds; on a machine that is busy, a minute.
            slow = isinstance(server, Tutorial)
            if slow and sum(late[server]) > MOST_PATIENCE * 1e3:
                continue
            for _ in range(1 if slow else 5):
                cost = bench.hand_out(server, site, frame)
                single[server].append(cost.cpu / readers * 1e6)
                late[server].append(cost.last * 1e3)
    for server in servers:
        if short or isinstance(server, Tutorial):
            # Which makes twenty single posts of it: minutes.
            continue
        for _ in range(3):
            burst[server].append(bench.hand_out(server, site, frame, 20).cpu / readers / 20 * 1e6)
    for server in servers:
        row = bench.results.servers[server.label]
        row["CPU, µs a reader and frame"] = median(single[server])
        row["last reader, ms"] = median(late[server])
        if burst[server]:
            row["in a burst of 20, µs"] = median(burst[server])
        bench.leave(server)
        server.close()

    ratio = median(single[tutorial]) / median(single[ours])
    bench.results.row(
        "a frame for one more reader, CPU: the tutorial / ours, both on Daphne",
        *(ratio, "≥ 30", f"{median(single[tutorial]):.0f} µs / {median(single[ours]):.1f} µs"),
        safe=True,
    )
    if nchan:
        for server, reach in ((ours, "≤ 5"), (uvicorn, "≤ 2.5")):
            mine, theirs = median(single[server]), median(single[nchan])
            what = f"the same: {server.label} / Nchan"
            bench.results.row(what, mine / theirs, reach, f"{mine:.1f} µs / {theirs:.1f} µs")
    row = bench.results.servers[ours.label]
    memory = row["memory, KiB a reader"]
    bench.results.row("memory of an idle reader on Daphne, KiB", memory, "≤ 30", "PSS")


def frame_size(bench: Bench, site: Site, server: Ours) -> int:
    """Bytes of the frame that a post of the writer's makes."""
    cursor = site.post.cursor
    site.post = site.write()
    query = urlencode([("cursor", cursor), ("topic", "posts"), ("topic", "cards")])
    page = ask(server.port, f"/changes/?{query}")
    return len(page)


def growth(bench: Bench, few: int, many: int, rounds: int) -> None:
    """Whether a reader among many costs more than among few. The fixed part is measured apart."""
    sites = {n: bench.site() for n in (1, few, many)}
    servers = {}
    for n, site in sites.items():
        servers[n] = site.start(OursCounted(site.folder, site.env))
        bench.connect(servers[n], n, site.post.cursor)
        bench.hand_out(servers[n], site, b"")
    cost = defaultdict(list)
    for _ in range(rounds):
        for n, repeat in ((1, 2), (few, 4), (many, 1)):
            for _ in range(repeat):
                cost[n].append(bench.hand_out(servers[n], sites[n], b"").cpu * 1e6)
    fixed = median(cost[1])
    each = {n: median(cost[n]) / n for n in (few, many)}
    bench.results.row(
        f"growth of a frame's CPU from {few} to {many:,} readers",
        *(each[many] / each[few], "≤ 1.15", f"{each[many]:.1f} µs / {each[few]:.1f} µs"),
        safe=True,
    )
    further = {n: (median(cost[n]) - fixed) / (n - 1) for n in (few, many)}
    bench.results.row(
        "the same, without what a post costs whoever reads",
        *(further[many] / further[few], "≤ 1.15"),
        f"{further[many]:.1f} µs / {further[few]:.1f} µs, and {fixed / 1e3:.1f} ms for the post",
    )
    one_post(bench, servers[many], sites[many], many)
    for n in (1, few):
        servers[n].close()
    restart(bench, servers[many], sites[many], many)
    servers[many].close()


def counts(server: Contestant) -> dict[str, list[Any]]:
    counted: dict[str, list[Any]] = json.loads(ask(server.port, "/counts/"))
    return counted


def one_post(bench: Bench, server: OursCounted, site: Site, readers: int) -> None:
    """What one post asks of the database, and what it renders."""
    before = counts(server)
    bench.hand_out(server, site, b"")
    after = counts(server)
    queries = [sql for _, sql in after["queries"][len(before["queries"]) :]]
    # Every two seconds the stream looks at the log, posts or not; one of the looks saw this one.
    looks = sum("bookshelf_change" in sql for sql in queries)
    needed = len(queries) - max(looks - 1, 0)
    drawn = len(after["drawn"]) - len(before["drawn"])
    detail = f"with {readers:,} readers"
    bench.results.row("queries for a post, in a process", needed, "≤ 3", detail, safe=True)
    bench.results.row("renderings for a post, in a process", drawn, "≤ 1", detail, safe=True)


def restart(bench: Bench, server: OursCounted, site: Site, readers: int) -> None:
    """All readers come back after a restart, and are caught up with what they have missed."""
    cursor = site.post.cursor
    server.kill()
    bench.leave(server)
    site.post = site.write(3)
    server.start()
    took = bench.connect(server, readers, cursor)
    queries = len(counts(server)["queries"])
    bench.results.row(
        f"{readers:,} readers back and caught up after a restart: queries in total",
        *(queries, "≤ 50", f"in {took:.1f} s"),
        safe=True,
    )
    bench.leave(server)
