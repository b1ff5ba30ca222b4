"""Run real services for tests: on free loopback ports, stopped and removed afterwards.

With them a command can be run as if Redis and PostgreSQL were installed and started:

    python -m e2e.services --redis --postgres -- pytest posts
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from e2e.processes import Process, ServiceError, ServiceMissing, ended_with_us, free_port
from e2e.programs import (
    CHROMIUM_ARGUMENTS,
    find_chromium,
    find_nginx,
    find_postgres,
    find_redis,
    missing,
)

__all__ = [
    "CHROMIUM_ARGUMENTS",
    "ServiceError",
    "ServiceMissing",
    "find_chromium",
    "find_nginx",
    "free_port",
    "postgres_cluster",
    "redis_server",
]

ROOT = Path(__file__).resolve().parent.parent

# --- Redis -------------------------------------------------------------------


class RedisServer(Process):
    """A Redis that remembers nothing: what is in memory is gone when it stops."""

    name = "Redis"

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder / "redis.log", cwd=folder)
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"

    def command(self) -> list[str]:
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "appendonly": "no"}
        program = find_redis()
        if program is None:
            raise ServiceMissing("redis-server is not installed")
        return [program, *(word for key, value in options.items() for word in (f"--{key}", value))]

    def is_ready(self) -> bool:
        try:
            with redis.Redis(
                port=self.port, socket_timeout=2, retry=Retry(NoBackoff(), 0)
            ) as client:
                # Ours, and not another one that was quicker to take the port.
                return int(client.info("server")["process_id"]) == self.pid
        except redis.RedisError:
            return False


@contextmanager
def redis_server(folder: Path, *, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis on a loopback port (a free one by default), its log in `folder`.

    Yields it with `.url`, `.pid`, `.stop()`, `.kill()`, `.start()`, `.freeze()` and `.thaw()`; it
    keeps its port. Raises ServiceMissing without redis-server, ServiceError when it does not start.
    """
    server = RedisServer(folder, port or free_port())
    try:
        yield server.start()
    finally:
        server.close()


# --- PostgreSQL --------------------------------------------------------------


class PostgresCluster(Process):
    """A PostgreSQL that may forget what it stored when the machine fails, and is fast for it.

    A `durable` one does not, like a server's.
    """

    name = "PostgreSQL"
    # "Fast": without waiting for its clients to leave, as SIGTERM would.
    stop_signal = signal.SIGINT

    def __init__(
        self,
        log: Path,
        data: Path,
        port: int,
        *,
        user: str | None,
        addresses: str = "127.0.0.1",
        durable: bool = False,
    ) -> None:
        """Take an existing folder for data and socket, which `user` can write to."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        super().__init__(log, env=env, cwd=data, user=user)
        self.data = data
        self.port = port
        self.addresses = addresses
        self.durable = durable
        self.url = self.url_of("bookshelf")

    def url_of(self, database: str) -> str:
        """Return the DATABASE_URL of a database in this cluster."""
        return f"postgres://bookshelf@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": self.addresses,
            "port": str(self.port),
            "unix_socket_directories": str(self.data),
            "max_connections": "200",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [postgres_program("postgres"), "-D", str(self.data / "cluster"), *options]

    def is_ready(self) -> bool:
        try:
            with self.connect() as connection:
                shown = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return False
        # Ours, and not another one that was quicker to take the port.
        return shown is not None and Path(shown[0]) == self.data / "cluster"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return an autocommitting connection as the superuser `bookshelf`."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="bookshelf",
            dbname=database,
            connect_timeout=2,
            autocommit=True,
        )

    def initialise(self) -> None:
        """Make the cluster's files. Raises ServiceError, with initdb's words, when it fails."""
        locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        command = [
            *(postgres_program("initdb"), "--pgdata", str(self.data / "cluster")),
            *("--username=bookshelf", "--auth=trust", "--encoding=UTF8", f"--locale={locale}"),
            "--no-sync",
        ]
        self.run_beforehand(command)


@contextmanager
def postgres_cluster(
    folder: Path,
    *,
    port: int | None = None,
    conf: str = "",
    neighbour: str = "",
    durable: bool = False,
) -> Iterator[PostgresCluster]:
    """Run a new PostgreSQL cluster on a loopback port, its log in `folder`.

    `conf` is added to its configuration file. `neighbour` is an address of this machine's on which
    others of that network are served, too. A `durable` one flushes each commit to the disk.

    Yields it with `.url` (a DATABASE_URL; the database is empty), `.pid`, `.stop()`, `.start()`,
    `.restart()`, `.kill()`, `.freeze()` and `.thaw()`; port and data stay. Raises ServiceMissing
    without PostgreSQL's server programs, ServiceError when it does not start.
    """
    if find_postgres() is None:
        raise ServiceMissing("PostgreSQL's server is not installed")
    # PostgreSQL refuses to run as root, and its user may not enter root's folders, where tests
    # keep theirs. Not in TMPDIR either: a socket's path may have only 107 bytes.
    user = postgres_user()
    with tempfile.TemporaryDirectory(prefix="bookshelf-pg-", dir="/tmp") as data:
        if user is not None:
            shutil.chown(data, user)
        log = folder / "postgres.log"
        addresses = f"127.0.0.1,{neighbour}" if neighbour else "127.0.0.1"
        place = Path(data).resolve()
        cluster = PostgresCluster(
            log, place, port or free_port(), user=user, addresses=addresses, durable=durable
        )
        cluster.initialise()
        if neighbour:
            with (cluster.data / "cluster" / "pg_hba.conf").open("a") as file:
                file.write("host all all samenet trust\n")
        with (cluster.data / "cluster" / "postgresql.conf").open("a") as file:
            file.write(conf)
        try:
            cluster.start()
            with cluster.connect() as connection:
                connection.execute("CREATE DATABASE bookshelf")
            yield cluster
        finally:
            cluster.close()


def postgres_user() -> str | None:
    """Return the system user to run PostgreSQL as when we are root, None when we are not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


# --- python -m e2e.services --------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run a command with throwaway services, and return its exit status (128 + N for signal N)."""
    parser = argparse.ArgumentParser(
        prog="python -m e2e.services",
        description="Run COMMAND with REDIS_URL and DATABASE_URL set to throwaway services.",
    )
    parser.add_argument("--redis", action="store_true", help="start a Redis")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL")
    parser.add_argument("--missing", action="store_true", help="list what is not installed")
    parser.add_argument("command", nargs="*", metavar="-- COMMAND")
    options = parser.parse_args(arguments)
    if options.missing:
        print(*missing(), sep="\n", end="")
        return 0
    if not options.command:
        parser.error("what command?")

    runner = Runner()
    signal.signal(signal.SIGTERM, runner.take)
    signal.signal(signal.SIGHUP, runner.take)
    signal.signal(signal.SIGINT, runner.take)
    env = dict(os.environ)
    if not env.get("SECRET_KEY"):
        # A database and a Redis would otherwise be a server's.
        env.setdefault("DEBUG", "1")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bookshelf-")))
        if options.redis:
            env["REDIS_URL"] = stack.enter_context(redis_server(folder)).url
        if options.postgres:
            env["DATABASE_URL"] = stack.enter_context(postgres_cluster(folder)).url
        return runner.run(options.command, env)


def postgres_program(name: str) -> str:
    """Return the path of one of the server's programs. Raises ServiceMissing without them."""
    folder = find_postgres()
    if folder is None:
        raise ServiceMissing("PostgreSQL's server is not installed")
    return str(folder / name)


class Runner:
    """Runs one command, and hands on to it the signals that would end us."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, command: list[str], env: dict[str, str]) -> int:
        """Run `command` to its end and return its exit status."""
        try:
            self._child = subprocess.Popen(ended_with_us(command, signal.SIGTERM), env=env)
        except OSError as error:
            raise ServiceError(f"{command[0]} cannot be run: {error.strerror}") from error
        status = self._child.wait()
        return status if status >= 0 else 128 - status

    def take(self, number: int, frame: FrameType | None) -> None:
        """End, or let the command end first; the services are stopped on the way out."""
        if self._child is None:
            raise SystemExit(128 + number)
        # A Ctrl-C has reached the command already, and a second one would cut its own cleaning
        # up short.
        if not (number == signal.SIGINT and in_foreground()):
            self._child.send_signal(number)


def in_foreground() -> bool:
    """Return whether a terminal's Ctrl-C reaches us."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ServiceError as error:
        sys.exit(f"e2e.services: {error}")
