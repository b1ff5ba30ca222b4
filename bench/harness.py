"""What the figures share: sites with a writer, crowds of readers, and the results."""

import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contestants import Contestant, Ours, Post
from bench.talk import Told
from e2e.services import PostgresCluster, RedisServer, redis_server

BURST = 50
"""Readers who connect at once."""


@dataclass
class Results:
    """All figures: `rows` of the table of ratios, and `servers` by label for the other table."""

    rows: list["Row"] = field(default_factory=list)
    servers: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    notes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def row(self, what: str, value: float, reach: str, detail: str, **options: Any) -> None:
        self.rows.append(Row(what, value, reach, detail, **options))


@dataclass
class Row:
    """One row: a value, and what it is to reach, such as "≥ 30" or "≤ 1.15"."""

    what: str
    value: float
    reach: str
    detail: str = ""
    safe: bool = False
    """Whether noise cannot decide it, so that CI may fail on it."""

    @property
    def reached(self) -> bool:
        sign, bound = self.reach.split()
        return self.value >= float(bound) if sign == "≥" else self.value <= float(bound)


class Site:
    """A folder with a database of its own, a writer beside the servers, and a Redis database.

    The database is SQLite's, or one on `postgres`.
    """

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        redis: RedisServer,
        number: int,
        postgres: PostgresCluster | None = None,
    ) -> None:
        self.folder = folder / f"site-{number}"
        self.folder.mkdir()
        self.stack = stack
        self.env = {"REDIS_URL": f"redis://127.0.0.1:{redis.port}/{number}"}
        self.database = f"site_{number}"
        if postgres is not None:
            with postgres.connect() as connection:
                connection.execute(f"CREATE DATABASE {self.database}")
            self.env["DATABASE_URL"] = postgres.url_of(self.database)
        first = Ours(self.folder, self.env)
        first.prepare()
        self.writer: Told = stack.enter_context(Told("bench.writer", first.env))
        # As on a site that has run for a while: pages are full.
        self.post = self.write(25)

    def write(self, n: int = 1) -> Post:
        return Post(self.writer.do("write", n=n))

    def start(self, contestant: Contestant) -> Any:
        self.stack.callback(contestant.close)
        return contestant.start()


class Bench:
    """Everything that the figures share."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.redis = stack.enter_context(redis_server(folder))
        self.load: Told = stack.enter_context(Told("bench.client"))
        self.results = Results()
        self._sites = 0

    def site(self, postgres: PostgresCluster | None = None) -> Site:
        self._sites += 1
        return Site(self.stack, self.folder, self.redis, self._sites, postgres)

    # --- Readers -----------------------------------------------------------------------------

    def connect(
        self, server: Contestant, n: int, cursor: str, *, every: float | None = None
    ) -> float:
        """Connect readers who have missed what came after `cursor`; return the seconds it took.

        A burst of BURST comes when the last one is connected, or `every` so many seconds.
        """
        answer = self.load.do(
            "connect",
            crowd=server.label + str(server.port),
            ports=[server.port],
            path=server.path,
            n=n,
            burst=BURST,
            every=every,
            hello=server.hello(cursor),
            until=server.until,
            within=120,
        )
        if "seconds" not in answer or answer["gone"]:
            raise RuntimeError(f"{server.label}: readers did not connect: {answer}")
        seconds: float = answer["seconds"]
        return seconds

    def leave(self, server: Contestant) -> None:
        self.load.do("close", crowd=server.label + str(server.port))

    def hand_out(self, server: Contestant, site: Site, frame: bytes, n: int = 1) -> "Cost":
        """Write `n` posts at once and have them sent; return what that cost."""
        crowd = server.label + str(server.port)
        post = site.write(n)
        frame += post.marker.encode()
        self.load.do("expect", crowd=crowd, marker=post.marker)
        before = server.cpu()
        at = server.hand_out(post, frame, site.writer)
        answer = self.load.do("wait", crowd=crowd, within=120)
        if "last" not in answer or answer["gone"]:
            raise RuntimeError(f"{server.label}: the post did not arrive: {answer}")
        # What it does after the last frame belongs to it, too.
        time.sleep(0.02)
        return Cost(server.cpu() - before, answer["last"] - at)


@dataclass
class Cost:
    """Seconds of CPU of the server, and seconds until the last reader had it."""

    cpu: float
    last: float
