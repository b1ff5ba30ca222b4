"""BookShelf on either server, with the limits that a test wants to see reached."""

import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.request import Request, urlopen

from e2e.faults.site import FaultyServer, Site
from e2e.processes import free_port

TOKEN = "only-for-these-tests"


class TunedDaphne(FaultyServer):
    """BookShelf on Daphne, with further options."""

    def __init__(
        self,
        folder: Path,
        port: int,
        env: Mapping[str, str],
        options: tuple[str, ...] = (),
        application: str = "bookshelf.asgi:application",
    ) -> None:
        super().__init__(folder, port, env, application)
        self.options = options

    def command(self) -> list[str]:
        *before, application = super().command()
        return [*before, *self.options, application]

    # --- What it tells of itself

    @property
    def text(self) -> str:
        """Return what it has logged so far."""
        return self.log.read_text(errors="replace")

    def numbers(self) -> dict[str, float]:
        """Return its metrics by name."""
        request = Request(f"{self.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(request, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        plain = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name.removeprefix("bookshelf_"): float(value) for name, value in plain}

    @property
    def megabytes(self) -> float:
        """The memory that the process has in use."""
        return self.numbers()["process_resident_memory_bytes"] / 2**20


class Uvicorn(TunedDaphne):
    """BookShelf on uvicorn."""

    name = "uvicorn"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            # What each request is is not for this log; compressing costs more than it saves here.
            *("--backlog", "4096", "--log-level", "warning", "--ws-per-message-deflate", "false"),
            *self.options,
            self.application,
        ]


SERVERS = {"Daphne": TunedDaphne, "uvicorn": Uvicorn}

# How long a peer that does not answer is borne, shortened: on both about 6 s.
IMPATIENT = {
    "Daphne": ("--ping-interval", "1", "--ping-timeout", "5"),
    "uvicorn": ("--ws-ping-interval", "1", "--ws-ping-timeout", "5"),
}


def server_of(
    site: Site,
    kind: str,
    *options: str,
    env: Mapping[str, str] | None = None,
    application: str = "bookshelf.asgi:application",
) -> TunedDaphne:
    """A process of this site on Daphne or uvicorn; not started, and not known to the balancer."""
    env = site.env | {"METRICS_TOKEN": TOKEN} | dict(env or {})
    return SERVERS[kind](site.folder, free_port(), env, options, application)
