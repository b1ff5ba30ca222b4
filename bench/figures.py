"""What is measured. Each figure compares within one run: ours and the peer take turns."""

import http.client
import json
import re
import statistics
import time
from collections import defaultdict
from urllib.parse import urlencode

from bench.contestants import (
    Bare,
    Contestant,
    Nchan,
    Ours,
    OursCounted,
    OursOnUvicorn,
    Peer,
    Tutorial,
    ask,
)
from bench.harness import BURST, Bench, Site

EVERY = 0.03
"""Seconds from one burst to the next."""

MOST_PATIENCE = 12.0
"""Seconds after which the posts of a server that is slow are measured enough."""

CURSOR = re.compile(r'name="cursor" value="([^"]+)"')


def median(values: list[float]) -> float:
    return statistics.median(values)


# --- A frame for each reader ------------------------------------------------------------------


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

    single, late, burst = defaultdict(list), defaultdict(list), defaultdict(list)
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


def counts(server: Contestant) -> dict[str, list]:
    return json.loads(ask(server.port, "/counts/"))


def one_post(bench: Bench, server: OursCounted, site: Site, readers: int) -> None:
    """What one post asks of the database, and what it renders."""
    before = counts(server)
    bench.hand_out(server, site, b"")
    after = counts(server)
    queries = [sql for _, sql in after["queries"][len(before["queries"]) :]]
    # Every two seconds the stream looks at the log, posts or not; one of the looks saw this one.
    looks = sum("posts_change" in sql for sql in queries)
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


# --- Coming ------------------------------------------------------------------------------------


def connects(bench: Bench, readers: int, rounds: int) -> None:
    """Readers who connect in bursts of 50; ours are caught up with three posts as well.

    The bursts come EVERY so often whether or not the last one is there, as readers do after a
    restart; and for comparison one after the other, each when the last one is there.
    """
    site = bench.site()
    cursor = site.post.cursor
    site.write(3)
    ours, uvicorn = Ours(site.folder, site.env), OursOnUvicorn(site.folder, site.env)
    tutorial = Tutorial(site.folder, site.env, redis=False)
    rates, waiting, cpu = defaultdict(list), defaultdict(list), defaultdict(list)
    for server in (ours, uvicorn, tutorial):
        site.start(server)
        bench.connect(server, BURST, cursor)
    for _ in range(rounds):
        for server in (ours, tutorial, uvicorn):
            for every, into in ((EVERY, rates), (None, waiting)):
                before = server.cpu()
                into[server].append(readers / bench.connect(server, readers, cursor, every=every))
                cpu[server].append((server.cpu() - before) / readers * 1e6)
                bench.leave(server)
                # Until it has taken leave of them all.
                settle(server)
    for server in rates:
        row = bench.results.servers[server.label]
        row[f"connects a second, {BURST} every {EVERY * 1e3:.0f} ms"] = median(rates[server])
        row["connects a second, burst after burst"] = median(waiting[server])
        row["CPU, µs a connect"] = median(cpu[server])
    mine, theirs = median(rates[ours]), median(rates[tutorial])
    bench.results.row(
        f"connects a second, caught up, {BURST} every {EVERY * 1e3:.0f} ms: ours / the tutorial's",
        *(mine / theirs, "≥ 3", f"{mine:.0f} / {theirs:.0f}, both on Daphne"),
    )
    for server in (ours, uvicorn):
        catch_ups(bench, site, server, readers)
    for server in rates:
        server.close()


def settle(server: Contestant) -> None:
    """Wait until the server has nothing left to do."""
    before = -1.0
    while server.cpu() - before > 0.005:
        before = server.cpu()
        time.sleep(0.25)


def catch_ups(bench: Bench, site: Site, server: Ours, readers: int) -> None:
    """Connected readers who all ask what they have missed, from 20 different places, at once."""
    cursors = [site.write().cursor for _ in range(20)]
    last = site.write()
    bench.connect(server, readers, last.cursor)
    crowd = server.label + str(server.port)
    seconds = []
    for _ in range(3):
        bench.load.do("expect", crowd=crowd, marker=last.marker)
        texts = [server.hello(cursor) for cursor in cursors]
        began = bench.load.do("say", crowd=crowd, texts=texts)["began"]
        answer = bench.load.do("wait", crowd=crowd)
        seconds.append(answer["last"] - began)
    bench.results.servers[server.label]["catch-ups a second"] = readers / median(seconds)
    bench.leave(server)


# --- Pages and posts -----------------------------------------------------------------------------


def pages(bench: Bench, requests: int, rounds: int) -> None:
    """The list's page for anonymous readers, against a bare view with the same bytes."""
    site = bench.site()
    for kind, reach in ((Ours, "≥ 0.6"), (OursOnUvicorn, "≥ 0.6")):
        ours = site.start(kind(site.folder, site.env))
        bare = site.start(Bare(site.folder, ask(ours.port, "/"), ours))
        rates = defaultdict(list)
        for _ in range(rounds):
            for server in (ours, bare):
                answer = bench.load.do("get", port=server.port, path="/", n=requests, lanes=8)
                rates[server].append(requests / answer["seconds"])
        mine, theirs = median(rates[ours]), median(rates[bare])
        bench.results.servers[ours.label]["list pages a second"] = mine
        bench.results.row(
            f"the list's page: {ours.label} / a bare Django view there",
            *(mine / theirs, reach, f"{mine:.0f} / {theirs:.0f} a second"),
        )
        ours.close()
        bare.close()


def posting(bench: Bench, readers: int, rounds: int) -> None:
    """How long an author's own request takes, with and without readers connected."""
    authors = []
    for n in (0, readers):
        site = bench.site()
        server = site.start(Ours(site.folder, site.env))
        if n:
            bench.connect(server, n, site.post.cursor)
        authors.append((Author(server, site), []))
    for _ in range(rounds + 2):
        for author, took in authors:
            took.append(author.posts())
            # One at a time: until the last reader has it.
            settle(author.server)
    alone, crowded = (median(took[2:]) * 1e3 for _, took in authors)
    bench.results.row(
        f"posting, with {readers:,} readers connected / with none",
        *(crowded / alone, "≤ 1.3", f"{crowded:.0f} ms / {alone:.0f} ms"),
    )
    for author, _ in authors:
        bench.leave(author.server)
        author.server.close()


class Author:
    """Who posts through the form, as a browser does."""

    def __init__(self, server: Ours, site: Site) -> None:
        self.server = server
        self.cookie = "sessionid=" + site.writer.do("sign_in")["key"]
        self.number = 0

    def posts(self) -> float:
        """Post a book; return the seconds that the answer took."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request("GET", "/posts/new/", headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        form = answer.read().decode()
        csrf = answer.getheader("Set-Cookie").split(";")[0]
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        self.number += 1
        fields = {**dict(hidden), "title": f"Posted {self.number}", "book_author": "A", "body": "B"}
        headers = {
            "Cookie": f"{self.cookie}; {csrf}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        began = time.monotonic()
        connection.request("POST", "/posts/new/", urlencode(fields), headers)
        status = connection.getresponse().status
        took = time.monotonic() - began
        connection.close()
        if status != 302:
            raise RuntimeError(f"the post was answered with {status}")
        return took
