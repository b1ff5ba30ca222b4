"""BookShelf on either server, with the limits that a test wants to see reached."""

import sys
from collections.abc import Mapping
from pathlib import Path

from e2e.faults.site import FaultyServer, Site
from e2e.processes import free_port


class TunedDaphne(FaultyServer):
    """BookShelf on Daphne, with further options."""

    def __init__(
        self, folder: Path, port: int, env: Mapping[str, str], options: tuple[str, ...] = ()
    ) -> None:
        super().__init__(folder, port, env)
        self.options = options

    def command(self) -> list[str]:
        *before, application = super().command()
        return [*before, *self.options, application]


class Uvicorn(TunedDaphne):
    """BookShelf on uvicorn."""

    name = "uvicorn"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            # What each request is is not for this log; compressing costs more than it saves here.
            *("--backlog", "4096", "--log-level", "warning", "--ws-per-message-deflate", "false"),
            *self.options,
            "bookshelf.asgi:application",
        ]


SERVERS = {"Daphne": TunedDaphne, "uvicorn": Uvicorn}

# How long a peer that does not answer is borne, shortened: on both about 3 s.
IMPATIENT = {
    "Daphne": ("--ping-interval", "1", "--ping-timeout", "2"),
    "uvicorn": ("--ws-ping-interval", "1", "--ws-ping-timeout", "2"),
}


def server_of(
    site: Site, kind: str, *options: str, env: Mapping[str, str] | None = None
) -> TunedDaphne:
    """A process of this site on Daphne or uvicorn; not started, and not known to the balancer."""
    return SERVERS[kind](site.folder, free_port(), site.env | dict(env or {}), options)


def log_of(server: FaultyServer) -> str:
    """What the process has written so far."""
    return server.log.read_text(errors="replace")
