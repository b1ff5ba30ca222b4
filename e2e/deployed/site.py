"""BookShelf as it is deployed: the processes of the units behind nginx, with their services."""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from e2e.deployed.files import DEPLOY, Place, Unit, environment
from e2e.deployed.tls import certify
from e2e.processes import Process
from e2e.services import (
    ROOT,
    PostgresCluster,
    RedisServer,
    ServiceError,
    ServiceMissing,
    find_nginx,
    find_redis,
    free_port,
    postgres_cluster,
)

UNIT = "systemd/bookshelf@.service"
UVICORN = "systemd/drop-ins/uvicorn.conf"
TCP = "systemd/drop-ins/tcp.conf"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
"""A module that not every nginx has."""


class OverSocket(http.client.HTTPConnection):
    """HTTP through a socket's file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class UnitProcess(Process):
    """One process of bookshelf@.service, started and stopped with the unit's own commands."""

    def __init__(self, place: Place, env: Mapping[str, str], unit: Unit, prefix=()) -> None:
        self.name = f"bookshelf@{unit.instance}"
        self.unit = unit
        self.stop_signal = signal.Signals[unit.settings["KillSignal"][-1]]
        self.folder = place.run / unit.instance
        self.socket = self.folder / "socket"
        self._prefix = list(prefix)
        env = {**unit.environment, **env}
        super().__init__(place.folder / "log" / f"{self.name}.log", env=env, cwd=ROOT)

    def command(self) -> list[str]:
        return [*self._prefix, *self.unit.command("ExecStart", self.env)]

    def start(self, *, within: float = 60) -> "UnitProcess":
        # As systemd does it: a new folder for each start, whatever a crash has left.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=int(self.unit.settings["RuntimeDirectoryMode"][-1], 8))
        return super().start(within=within)

    def stop(self, *, within: float = 0) -> int:
        if self.is_running:
            env = {**self.env, "MAINPID": str(self.pid)}
            for command in self.unit.commands("ExecStop", self.env):
                subprocess.run(command, env=env, check=True)
        status = super().stop(within=within or self.unit.seconds("TimeoutStopSec"))
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def is_ready(self) -> bool:
        return self.get("/healthz/") is not None

    def get(self, path: str) -> bytes | None:
        """Ask this process itself, as nginx would; None when it does not answer."""
        connection = self._connection()
        try:
            connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return OverSocket(self.socket)


class Nginx(Process):
    """nginx with the files of deploy/nginx."""

    name = "nginx"

    def __init__(self, place: Place, https: int) -> None:
        super().__init__(place.folder / "log" / "error.log", cwd=place.folder)
        self.https = https
        self.place = place
        for file in DEPLOY.glob("nginx/*.conf"):
            place.install(f"nginx/{file.name}")
        if BROTLI.exists():
            place.install("nginx/optional/bookshelf-brotli.conf")
            enabled = place.etc / "modules-enabled"
            enabled.mkdir()
            (enabled / "brotli.conf").write_text(f"load_module {BROTLI};\n")

    def command(self) -> list[str]:
        program = find_nginx()
        if program is None:
            raise ServiceMissing("nginx is not installed")
        words = ["-p", str(self.place.folder), "-c", str(self.place.etc / "nginx.conf")]
        return [program, *words, "-e", str(self.log), "-g", "daemon off;"]

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.https)) == 0


class DeployedRedis(RedisServer):
    """Redis with deploy/redis."""

    def __init__(self, folder: Path, port: int, neighbour: str) -> None:
        super().__init__(folder, port)
        self.neighbour = neighbour

    def command(self) -> list[str]:
        program = find_redis()
        if program is None:
            raise ServiceMissing("redis-server is not installed")
        options = {"bind": f"127.0.0.1 {self.neighbour}".strip(), "port": str(self.port)}
        if self.neighbour:
            # In a network of its own that ends with the test: no password.
            options["protected-mode"] = "no"
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        return [program, str(DEPLOY / "redis" / "bookshelf.conf"), *words]


class DeployedSite:
    """What the stories know as their server: `.url`, `.env`, `.start()`, `.terminate()`, `.kill()`.

    Beyond that `.processes`, `.nginx`, `.redis`, `.postgres`; `.mails` is the folder of what was
    sent.
    """

    def __init__(
        self, place: Place, env: dict[str, str], nginx: Nginx, processes: list[UnitProcess]
    ) -> None:
        self.place = place
        self.env = env
        self.nginx = nginx
        self.processes = processes
        self.port = nginx.https
        self.url = f"https://localhost:{self.port}"
        self.mails = place.folder / "mails"
        self.redis: RedisServer
        self.postgres: PostgresCluster

    def manage(self, *arguments: str) -> str:
        """Run a management command as docs/deploy.md says, and return what it printed."""
        done = subprocess.run(
            ["sh", str(self.place.etc / "manage"), *arguments],
            **{"env": system_environment(), "capture_output": True, "text": True},
        )
        if done.returncode:
            raise ServiceError(f"manage {arguments[0]} failed:\n{done.stderr}")
        return done.stdout

    def start(self) -> None:
        for process in self.processes:
            process.start()

    def terminate(self) -> None:
        """End all processes at once, as stopping the target does; nginx stays."""
        with ThreadPoolExecutor(len(self.processes)) as threads:
            list(threads.map(UnitProcess.stop, self.processes))

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def close(self) -> None:
        for process in self.processes:
            process.close()


@contextmanager
def deployed_site(
    folder: Path,
    *,
    processes: int = 2,
    drop_ins: tuple[str, ...] = (),
    application: str = "bookshelf.asgi:application",
    neighbour: str = "",
    rate_limits: bool = True,
) -> Iterator[DeployedSite]:
    """Run BookShelf on loopback as deploy/ has it, with so many processes; logs are in `folder`.

    The upstreams of nginx that have no process are down, as they would be. `neighbour` is an
    address of this machine's; with it 10.0.0.2 is in the upstreams. Raises ServiceMissing
    without nginx, Redis or PostgreSQL, ServiceError when something does not start.
    """
    with ExitStack() as stack:
        base = stack.enter_context(tempfile.TemporaryDirectory(prefix="shelf-", dir="/tmp"))
        http, https = free_port(), free_port()
        place = Place(Path(base).resolve(), http=http, https=https)
        conf = (DEPLOY / "postgresql" / "bookshelf.conf").read_text()
        postgres = stack.enter_context(postgres_cluster(folder, conf=conf, neighbour=neighbour))
        redis = DeployedRedis(folder, free_port(), neighbour)
        stack.callback(redis.close)
        redis.start()
        env = site_environment(place, postgres.url, redis.url, https)
        # All accounts of the stories are new.
        env["NEWCOMER_HOURS"] = "0"
        if not rate_limits:
            env["RATE_LIMITS"] = "0"
        (place.folder / "mails").mkdir()
        certify(place.etc)
        if neighbour:
            place.knows({"# Another machine: ": ""})
        nginx = Nginx(place, https)
        units = [read_unit(place, str(n), drop_ins, application) for n in range(1, processes + 1)]
        site = DeployedSite(place, env, nginx, [UnitProcess(place, env, unit) for unit in units])
        site.redis, site.postgres = redis, postgres
        site.manage("migrate", "--no-input", "-v0")
        site.manage("collectstatic", "--no-input", "-v0")
        stack.callback(site.kill)
        site.start()
        stack.callback(nginx.close)
        nginx.start()
        try:
            yield site
        finally:
            for log in (place.folder / "log").iterdir():
                shutil.copy(log, folder)


def site_environment(place: Place, database: str, redis: str, port: int) -> dict[str, str]:
    """Install deploy/bookshelf.env with its secrets and addresses; return what a process gets."""
    file = place.install(
        "bookshelf.env",
        # As for any site that is not on the port of https.
        ALLOWED_HOSTS=f"localhost:{port}",
        SECRET_KEY=secrets.token_urlsafe(60),
        DATABASE_URL=database,
        REDIS_URL=redis,
        EMAIL_URL=f"filemail:///{place.folder}/mails",
    )
    place.install("manage")
    unit = Unit(place.read(UNIT))
    return {**system_environment(), **unit.environment, **environment(file.read_text())}


def system_environment() -> dict[str, str]:
    """Return what a service gets from the system: none of our variables."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def read_unit(place: Place, instance: str, drop_ins: tuple[str, ...], application: str) -> Unit:
    texts = [place.read(name) for name in (UNIT, *drop_ins)]
    texts = [text.replace("bookshelf.asgi:application", application) for text in texts]
    return Unit(*texts, instance=instance)
