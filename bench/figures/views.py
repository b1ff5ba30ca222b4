"""Every page against a bare view with the same bytes, behind the same middleware."""

import http.client
import itertools
import time
from collections import defaultdict
from contextlib import ExitStack
from typing import NamedTuple

from bench.contestants import BareViews, Ours
from bench.figures.samples import median
from bench.harness import Bench, Site
from e2e.programs import find_postgres
from e2e.services import postgres_cluster

LANES = 8
"""Connections that ask at once."""

COMMENTS = 50
NUMBERS = itertools.count()


class Page(NamedTuple):
    """A page that is asked for again and again."""

    name: str
    path: str
    signed_in: bool
    reach: str
    unchanged: bool = False
    """Whether the client says that it has it already."""


def pages_of(site: Site) -> list[Page]:
    """Fill the site; return its pages."""
    ids = site.post.ids + site.write(35).ids
    site.writer.do("mark", ids=ids[-25:])
    room = site.writer.do("talk", post_id=ids[-1], comments=COMMENTS)["path"]
    lists = {"list": "/", "tag": "/tags/novel/", "author": "/readers/author/", "key posts": "/key/"}
    older = f"/?before={ids[-10]}"
    return [
        *(Page(name, path, True, "≥ 0.5") for name, path in lists.items()),
        Page(f"room with {COMMENTS} comments", room, True, "≥ 0.5"),
        Page("search", "/search/?q=twice", True, "≥ 0.25"),
        *(Page(name, path, False, "≥ 0.6") for name, path in lists.items()),
        Page("list, older posts", older, False, "≥ 0.6"),
        Page(f"room with {COMMENTS} comments", room, False, "≥ 0.6"),
        Page("feed", "/feed/", False, "≥ 0.6"),
        Page("feed, not modified", "/feed/", False, "≥ 0.8", unchanged=True),
    ]


def views(bench: Bench, requests: int, rounds: int) -> None:
    """Requests a second of each page, in turns with a bare view; on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        sites = {"SQLite": bench.site()}
        if find_postgres() is None:
            bench.results.notes.append("Pages were not measured on PostgreSQL: it is not installed")
        else:
            postgres = stack.enter_context(postgres_cluster(bench.folder))
            sites["PostgreSQL"] = bench.site(postgres)
        for database, site in sites.items():
            ours = site.start(Ours(site.folder, site.env))
            bare = site.start(BareViews(site.folder, site.env))
            cookie = "sessionid=" + site.writer.do("sign_in", name="reader")["key"]
            for number, page in enumerate(pages_of(site)):
                Turns(bench, database, ours, bare, cookie, page, number).run(requests, rounds)
            after_a_change(bench, database, site, ours, bare, cookie)
            ours.close()
            bare.close()


class Turns:
    """A page of ours, and the same from a bare view, in turns."""

    def __init__(
        self,
        bench: Bench,
        database: str,
        ours: Ours,
        bare: BareViews,
        cookie: str,
        page: Page,
        number: int,
    ) -> None:
        self.bench, self.page = bench, page
        self.what = f"{page.name}, {'signed in' if page.signed_in else 'anonymous'}, {database}"
        headers = {"Cookie": cookie} if page.signed_in else {}
        tag = copy_page(ours, page.path, headers, bare, f"page-{number}")
        if page.unchanged:
            headers["If-None-Match"] = tag
        bare_path = "/unchanged/" if page.unchanged else f"/page/page-{number}/"
        self.lanes = {
            ours: request(ours, page.path, headers),
            bare: request(bare, bare_path, headers),
        }

    def run(self, requests: int, rounds: int) -> None:
        """Measure, and write the row."""
        rates = defaultdict(list)
        expected = "304" if self.page.unchanged else "200"
        for _ in range(rounds):
            for server, text in self.lanes.items():
                lanes = [(server.port, [text] * (requests // LANES)) for _ in range(LANES)]
                answer = self.bench.load.do("write", lanes=lanes, expected=expected)
                rates[server].append(requests // LANES * LANES / answer["seconds"])
        mine, theirs = (median(rates[server]) for server in self.lanes)
        self.bench.results.row(
            f"{self.what}: ours / a bare view",
            *(mine / theirs, self.page.reach, f"{mine:.0f} / {theirs:.0f} a second"),
        )


def request(server: Ours, path: str, headers: dict[str, str]) -> str:
    """Return a request as it is sent."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "\r\n"])


def copy_page(ours: Ours, path: str, headers: dict[str, str], bare: BareViews, name: str) -> str:
    """Give the bare view the bytes of a page of ours; return its ETag, or ""."""
    connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body, kind = answer.read(), answer.getheader("Content-Type", "")
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered with {answer.status}")
    (bare.pages / name).write_bytes(kind.encode() + b"\n" + body)
    return answer.getheader("ETag", "")


def after_a_change(
    bench: Bench, database: str, site: Site, ours: Ours, bare: BareViews, cookie: str
) -> None:
    """One request at a time, each the first after a like of a post on the page."""
    [post_id] = site.write().ids
    room = site.writer.do("talk", post_id=post_id, comments=COMMENTS)["path"]
    for name, path in (("list", "/"), (f"room with {COMMENTS} comments", room)):
        for who, headers in (("signed in", {"Cookie": cookie}), ("anonymous", {})):
            copy_page(ours, path, headers, bare, f"after-{len(headers)}{name[:4]}")
            where = {ours: path, bare: f"/page/after-{len(headers)}{name[:4]}/"}
            took = defaultdict(list)
            for _ in range(40):
                site.writer.do("like", post_id=post_id, names=[f"liker-{next(NUMBERS)}"])
                for server, each in where.items():
                    took[server].append(seconds(server, each, headers))
            mine, theirs = (median(took[server]) * 1e3 for server in where)
            bench.results.row(
                f"{name}, {who}, right after a change, {database}: a bare view / ours",
                *(theirs / mine, "≥ 0.3", f"{theirs:.1f} ms / {mine:.1f} ms"),
            )


def seconds(server: Ours, path: str, headers: dict[str, str]) -> float:
    """Return how long an answer takes, on a connection that is open."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.connect()
    began = time.monotonic()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    took = time.monotonic() - began
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered with {answer.status}")
    return took
