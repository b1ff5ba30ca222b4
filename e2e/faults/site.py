"""A whole site to break: PostgreSQL, Redis, two processes of BookShelf, and what stands before."""

import itertools
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError

from e2e.faults.balancer import Balancer
from e2e.faults.followers import Crowd
from e2e.faults.loop import LoopThread
from e2e.faults.writers import Writer, Writers
from e2e.services import (
    DaphneServer,
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
    """Services and processes. What a test has broken, `mend` puts right for the next one."""

    def __init__(self, folder: Path, postgres: PostgresCluster, redis: RedisServer) -> None:
        self.folder = folder
        self.postgres = postgres
        self.redis = redis
        self.servers: list[FaultyServer] = []
        self.loop = LoopThread()
        self.balancer = Balancer(self.pick)
        self._authors: list[Writer] = []
        self._turn = itertools.count()

    @property
    def env(self) -> dict[str, str]:
        """What a process of this site is started with."""
        return {"DEBUG": "1", "DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url}

    @property
    def url(self) -> str:
        """Where a browser finds the site: the balancer."""
        return self.balancer.url

    def pick(self) -> int:
        """The port of a process that is there, in turn; as a balancer does that tries the next."""
        running = [server for server in self.servers if server.is_running]
        return (running or self.servers)[next(self._turn) % len(running or self.servers)].port

    def add_server(
        self, *, application: str | None = None, env: Mapping[str, str] | None = None
    ) -> FaultyServer:
        """Start another process, and let the balancer know."""
        server = self.new_server(application=application, env=env)
        server.start()
        self.servers.append(server)
        return server

    def new_server(
        self, *, application: str | None = None, env: Mapping[str, str] | None = None
    ) -> FaultyServer:
        """A process that is not started, and that the balancer does not know."""
        return FaultyServer(self.folder, free_port(), self.env | (env or {}), application)

    @contextmanager
    def served_by(self, *servers: FaultyServer) -> Iterator[None]:
        """Have the balancer pass to these processes only; they are started, and ended after it."""
        others, self.servers = self.servers, list(servers)
        try:
            for server in servers:
                if not server.is_running:
                    server.start()
            yield
        finally:
            self.servers = others
            for server in servers:
                if server not in others:
                    server.close()

    def mend(self, *, within: float = 30) -> None:
        """Start and thaw whatever is not running, and wait until all processes are well."""
        for process in (self.postgres, self.redis, *self.servers):
            if process.is_running:
                process.thaw()
            else:
                process.start()
        deadline = time.monotonic() + within
        for server in self.servers:
            while health(server)[1].get("status") != "ok":
                assert time.monotonic() < deadline, f"not well again: {health(server)}"
                time.sleep(0.1)

    def writers(self, number: int = 3, *, rate: float = 6) -> Writers:
        """Authors, who join the site when they are needed first."""
        while len(self._authors) < number:
            author = Writer(len(self._authors) + 1, self.pick)
            author.sign_up(f"writer{author.number}")
            self._authors.append(author)
        fresh = [
            Writer(author.number, self.pick, client=author.client)
            for author in self._authors[:number]
        ]
        return Writers(fresh, rate)

    def crowd(self) -> Crowd:
        return Crowd(self.pick)

    def log(self) -> list[Change]:
        """The whole change log, as it is in the database."""
        with self.postgres.connect("bookshelf") as connection:
            rows = connection.execute(
                "SELECT seq, word, post_id, extract(epoch from at)::float8"
                " FROM posts_change ORDER BY seq"
            )
            return [Change(*row) for row in rows]

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
            for _ in range(processes):
                site.add_server()
            yield site
        finally:
            # A process that waits for a frozen database would take its time.
            postgres.thaw()
            redis.thaw()
            site.close()


def health(server: DaphneServer, *, within: float = 10) -> tuple[int, dict]:
    """What /healthz/ says: the status (0 when it does not answer) and the report."""
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
