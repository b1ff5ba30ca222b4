"""Pages for anonymous readers, and an author's own request."""

import http.client
import re
import time
from collections import defaultdict
from urllib.parse import urlencode

from bench.contestants import Bare, Ours, OursOnUvicorn, ask
from bench.figures.samples import median, settle
from bench.harness import Bench, Site


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
    authors: list[tuple[Author, list[float]]] = []
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
        csrf = answer.getheader("Set-Cookie", "").split(";")[0]
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
