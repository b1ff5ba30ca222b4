"""A whole site to break: PostgreSQL, Redis, two processes of BookShelf, and what stands before."""

import itertools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError

import psycopg

from e2e.faults.balancer import Balancer
from e2e.faults.loop import LoopThread
from e2e.faults.writers import Writer, Writers
from e2e.server import DEVELOPMENT, DaphneServer
from e2e.services import (
    ROOT,
    PostgresCluster,
    RedisServer,
    free_port,
    postgres_cluster,
    redis_server,
)


class Change(NamedTuple):
    """A row of the log."""

    seq: int
    word: str
    kind: str
    post_id: int
    at: float


class FaultyServer(DaphneServer):
    """BookShelf on Daphne; `application` may be one of the tests', that wraps the real one."""

    def __init__(
        self, folder: Path, port: int, env: Mapping[str, str], application: str | None = None
    ) -> None:
        super().__init__(folder, port, env)
        self.application = application

    def command(self) -> list[str]:
        command = super().command()
        return [*command[:-1], self.application] if self.application else command


class Site:
    """Services and processes. `mend` repairs what a test has broken."""

    def __init__(self, folder: Path, postgres: PostgresCluster, redis: RedisServer) -> None:
        self.folder = folder
        self.postgres = postgres
        self.redis = redis
        self.servers: list[FaultyServer] = []
        self.upstream: list[FaultyServer] = []
        """The processes behind the balancer."""
        self.loop = LoopThread()
        self.balancer = Balancer(self.pick)
        self._authors: list[Writer] = []
        self._turn = itertools.count()

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of the site's processes."""
        return DEVELOPMENT | {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
        }

    @property
    def url(self) -> str:
        """Return the site's URL: the balancer's."""
        return self.balancer.url

    def pick(self) -> int:
        """Return the port of a running process, in turn, as a balancer that tries the next one."""
        there = [each for each in self.upstream if each.is_running] or self.upstream
        return there[next(self._turn) % len(there)].port

    def new_server(
        self, *, application: str | None = None, env: Mapping[str, str] | None = None
    ) -> FaultyServer:
        """A process that is not started, and that the balancer does not know."""
        return FaultyServer(self.folder, free_port(), self.env | (env or {}), application)

    @contextmanager
    def served_by(self, *servers: FaultyServer) -> Iterator[None]:
        """Have the balancer pass to these new processes only; they are ended afterwards."""
        regular = self.servers
        self.servers = self.upstream = list(servers)
        try:
            for server in servers:
                server.start()
            yield
        finally:
            self.servers = regular
            self.upstream = list(regular)
            for server in servers:
                server.close()

    def mend(self, *, within: float = 60) -> None:
        """Start and thaw whatever is not running, and wait until all processes are well."""
        for process in (self.postgres, self.redis, *self.servers):
            if process.is_running:
                process.thaw()
            else:
                process.start()
        self.upstream = list(self.servers)
        deadline = time.monotonic() + within
        for server in self.servers:
            while health(server)[1].get("status") != "ok":
                if not server.is_running:
                    # It was still on its way out.
                    server.start()
                assert time.monotonic() < deadline, f"not well again: {health(server)}"
                time.sleep(0.1)

    def writers(self, number: int = 3, *, rate: float = 6) -> Writers:
        """Return the authors, who sign up at the first call."""
        while len(self._authors) < number:
            author = Writer(len(self._authors) + 1, self.pick)
            author.sign_up(f"writer{author.number}")
            self._authors.append(author)
        fresh = [
            Writer(author.number, self.pick, client=author.client)
            for author in self._authors[:number]
        ]
        return Writers(fresh, rate)

    def log(self) -> list[Change]:
        """The whole change log, as it is in the database."""
        with self.postgres.connect("bookshelf") as connection:
            rows = connection.execute(
                "SELECT seq, word, kind, post_id, extract(epoch from at)::float8"
                " FROM bookshelf_change ORDER BY seq"
            )
            return [Change(*row) for row in rows]

    def dump(self) -> None:
        """Keep a copy of the database as it is now, for `restore`."""
        with self.postgres.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS dump")
            with self._nobody_in(connection):
                connection.execute("CREATE DATABASE dump TEMPLATE bookshelf")

    def restore(self) -> None:
        """Put the copy in the database's place, as after a disaster. Processes go on running."""
        with self.postgres.connect() as connection, self._nobody_in(connection):
            connection.execute("ALTER DATABASE bookshelf RENAME TO disaster")
            connection.execute("ALTER DATABASE dump RENAME TO bookshelf")
            connection.execute("DROP DATABASE disaster")

    @contextmanager
    def _nobody_in(self, connection: psycopg.Connection) -> Iterator[None]:
        """End all database connections, and allow no new ones meanwhile."""
        connection.execute("ALTER DATABASE bookshelf ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = 'bookshelf'"
        )
        try:
            yield
        finally:
            connection.execute("ALTER DATABASE bookshelf ALLOW_CONNECTIONS true")

    def python(self, code: str) -> subprocess.Popen:
        """Run Django code in another process, with pipes to speak to it through."""
        return subprocess.Popen(
            [sys.executable, "-c", "import django; django.setup()\n" + code],
            env=self.servers[0].env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self.loop.run(self.balancer.stop())
        self.loop.close()
        for server in self.servers:
            server.close()


@contextmanager
def whole_site(folder: Path, *, processes: int = 2) -> Iterator[Site]:
    """PostgreSQL, Redis and `processes` of BookShelf, with their files in `folder`."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(folder))
        postgres = stack.enter_context(postgres_cluster(folder))
        site = Site(folder, postgres, redis)
        try:
            site.loop.run(site.balancer.start())
            site.new_server().prepare()
            site.servers = [site.new_server().start() for _ in range(processes)]
            site.upstream = list(site.servers)
            yield site
        finally:
            # A process that waits for a frozen database would take its time.
            postgres.thaw()
            redis.thaw()
            site.close()


def health(server: DaphneServer, *, within: float = 10) -> tuple[int, dict]:
    """Return the status of /healthz/ (0 when it does not answer), and its report."""
    try:
        with urllib.request.urlopen(f"{server.url}/healthz/", timeout=within) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)
    except (URLError, OSError):
        return 0, {}


def wait_for(state: Callable[[], bool], *, within: float, what: str) -> float:
    """Wait until `state()` is true and return the seconds it took; fails after `within`."""
    began = time.monotonic()
    while not state():
        took = time.monotonic() - began
        assert took < within, f"{what}: not within {within:g} s"
        time.sleep(0.05)
    return time.monotonic() - began
