"""Readers who connect, and readers who catch up."""

from collections import defaultdict

from bench.contestants import Ours, OursOnUvicorn, Tutorial
from bench.figures.samples import Samples, median, settle
from bench.harness import BURST, Bench, Site

EVERY = 0.03
"""Seconds from one burst to the next."""


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
    rates: Samples = defaultdict(list)
    waiting: Samples = defaultdict(list)
    cpu: Samples = defaultdict(list)
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
    for contestant in rates:
        row = bench.results.servers[contestant.label]
        row[f"connects a second, {BURST} every {EVERY * 1e3:.0f} ms"] = median(rates[contestant])
        row["connects a second, burst after burst"] = median(waiting[contestant])
        row["CPU, µs a connect"] = median(cpu[contestant])
    mine, theirs = median(rates[ours]), median(rates[tutorial])
    bench.results.row(
        f"connects a second, caught up, {BURST} every {EVERY * 1e3:.0f} ms: ours / the tutorial's",
        *(mine / theirs, "≥ 3", f"{mine:.0f} / {theirs:.0f}, both on Daphne"),
    )
    for server in (ours, uvicorn):
        catch_ups(bench, site, server, readers)
    for contestant in rates:
        contestant.close()


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
