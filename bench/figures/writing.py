"""Likes, comments and posts that are acknowledged a second, against a view that inserts one row."""

import http.client
import itertools
import re
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode

from bench.bare_views import TABLE
from bench.contestants import BareViews, Ours
from bench.figures.samples import median
from bench.harness import Bench, Site
from e2e.services import PostgresCluster, postgres_cluster

WRITERS = 16
ROOMS = 8
"""Posts that each writer likes and comments on, of an author of their own."""

BODY = """The kind of book that one reads twice: first for what happens, then for how it is told.

I lent my copy and *never* got it back. I bought another."""

BARE, BAREST = "a bare view, one row", "a bare view, one row, no middleware"
WITH_PAGE = "comments, answered with the page"
ONCE = {BAREST, WITH_PAGE}
"""What is measured in one round only, for comparison."""

BOUNDARY = "----WebKitFormBoundaryBookShelfBench"


class Writer:
    """Somebody with a browser and htmx, who is signed in and has a form before them."""

    def __init__(self, site: Site, port: int, name: str, rooms: list[int]) -> None:
        self.rooms = itertools.cycle(rooms)
        self._likes = itertools.cycle((room, liked) for room in rooms for liked in ("1", "0"))
        cookie = "sessionid=" + site.writer.do("sign_in", name=name)["key"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/posts/new/", headers={"Cookie": cookie})
        answer = connection.getresponse()
        hidden = re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.read().decode()
        )
        connection.close()
        self._hidden = dict(hidden)
        self._cookie = f"{cookie}; {answer.getheader('Set-Cookie', '').split(';')[0]}"

    def bare(self, port: int) -> str:
        """The request of a like, to the bare view."""
        return self._sends(port, "/row/", self._form(liked="1"))

    def likes(self, port: int) -> str:
        """The button, by htmx: every other time the like is taken back."""
        room, liked = next(self._likes)
        return self._sends(port, f"/posts/{room}/like/", self._form(liked=liked))

    def comments(self, port: int) -> str:
        """The form without a script: the answer redirects to the comment."""
        return self._sends(port, f"/posts/{next(self.rooms)}/comments/", self._comment(), htmx="")

    def comments_boosted(self, port: int) -> str:
        """The form by htmx: the answer is the room's page with the comment."""
        return self._sends(
            port, f"/posts/{next(self.rooms)}/comments/", self._comment(), htmx="boosted"
        )

    def posts(self, port: int) -> str:
        """The form of a post, by htmx: the answer redirects to the list, with and without it."""
        fields = {
            **self._hidden,
            "submission": str(uuid.uuid4()),
            "title": "The Book of the Day",
            "book_author": "N. N.",
            "rating": "4.5",
            "body": BODY,
            "tags": "novel, twice-read",
        }
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        file = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="cover"; filename=""\r\n'
            "Content-Type: application/octet-stream\r\n\r\n\r\n"
        )
        body = "".join(parts) + file + f"--{BOUNDARY}--\r\n"
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self._sends(port, "/posts/new/", body, htmx="boosted", kind=kind)

    def _comment(self) -> str:
        return self._form(
            typed_by=self._hidden.get("typed_by", ""),
            submission=str(uuid.uuid4()),
            body="I read it *twice*, and the second time it was another book.",
        )

    def _form(self, **fields: str) -> str:
        return urlencode({"csrfmiddlewaretoken": self._hidden["csrfmiddlewaretoken"], **fields})

    def _sends(
        self,
        port: int,
        path: str,
        body: str,
        *,
        htmx: str = "button",
        kind: str = "application/x-www-form-urlencoded",
    ) -> str:
        site = f"http://127.0.0.1:{port}"
        headers = {
            "Host": f"127.0.0.1:{port}",
            "Origin": site,
            "Referer": f"{site}/",
            "Sec-Fetch-Site": "same-origin",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0",
            "Accept-Encoding": "gzip, deflate, br",
            "Accept-Language": "en-GB,en;q=0.9",
            "Cookie": self._cookie,
            "Content-Type": kind,
            "Content-Length": str(len(body.encode())),
        }
        if htmx:
            headers |= {
                "HX-Request": "true",
                "HX-Current-URL": f"{site}/",
                "X-CSRFToken": self._hidden["csrfmiddlewaretoken"],
            }
        if htmx == "boosted":
            headers |= {"HX-Boosted": "true"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n{body}"


def writing(bench: Bench, requests: int, rounds: int) -> None:
    """Likes, comments and posts on a PostgreSQL that flushes, with one process and with four.

    Each of the writers waits for the answer before it sends the next. Rate limits are off;
    everything else is as on a server. The bare view gets the request of a like.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_cluster(bench.folder, durable=True))
        for processes in (1, 4):
            _measure(bench, postgres, processes, requests, rounds)


def _measure(
    bench: Bench, postgres: PostgresCluster, processes: int, requests: int, rounds: int
) -> None:
    site = bench.site(postgres)
    with postgres.connect(site.database) as connection:
        connection.execute(TABLE)
    env = site.env | {"PROCESSES": str(processes)}
    ours = [site.start(Ours(site.folder, env)) for _ in range(processes)]
    bare = [site.start(BareViews(site.folder, env)) for _ in range(processes)]
    barest = [site.start(BareViews(site.folder, env, middleware=False))]
    authors = [f"author-{number}" for number in range(WRITERS)]
    shelves = site.writer.do("shelves", authors=authors, each=ROOMS)["ids"]
    writers = [
        Writer(site, ours[0].port, f"writer-{number}", rooms)
        for number, rooms in enumerate(shelves)
    ]
    ways: dict[str, tuple[list[Ours], Callable[[Writer, int], str], str]] = {
        BARE: (bare, Writer.bare, "204"),
        BAREST: (barest, Writer.bare, "204"),
        "likes": (ours, Writer.likes, "200"),
        "comments": (ours, Writer.comments, "302"),
        WITH_PAGE: (ours, Writer.comments_boosted, "200"),
        "posts": (ours, Writer.posts, "302"),
    }
    rates: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for what, (servers, way, status) in ways.items():
            if (what in ONCE and number > 1) or (what == BAREST and processes > 1):
                continue
            # The first round only has the servers load what they then keep.
            each = (requests if number else 2 * WRITERS * processes) // WRITERS
            lanes = []
            for at, writer in enumerate(writers):
                port = servers[at % len(servers)].port
                lanes.append([port, [way(writer, port) for _ in range(each)]])
            before = sum(server.cpu() for server in servers)
            answer = bench.load.do("write", lanes=lanes, expected=status)
            if "seconds" not in answer:
                raise RuntimeError(f"{what}: {answer}")
            if number:
                rates[what].append(each * WRITERS / answer["seconds"])
                used = sum(server.cpu() for server in servers) - before
                cpu[what].append(used / (each * WRITERS) * 1e3)
    for server in (*ours, *bare, *barest):
        server.close()
    many = f"{processes} process" + ("es" if processes > 1 else "")
    for what, measured in rates.items():
        row = bench.results.servers[what]
        row[f"a second, {WRITERS} writers, {many}"] = median(measured)
        row[f"CPU, ms each, {many}"] = median(cpu[what])
    theirs = median(rates[BARE])
    for what, reach in (("likes", "≥ 0.4"), ("comments", "≥ 0.3"), ("posts", "≥ 0.3")):
        mine = median(rates[what])
        bench.results.row(
            f"{what} a second, {WRITERS} writers, {many}: ours / a bare view that inserts one row",
            *(mine / theirs, reach, f"{mine:.0f} / {theirs:.0f}, PostgreSQL"),
        )
