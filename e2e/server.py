"""BookShelf itself, served for tests and measurements."""

import http.client
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from e2e.processes import Process, free_port
from e2e.services import ROOT

# What bookshelf/settings.py reads. A server of ours starts without the caller's (script/test takes
# them away as well): a developer's shell may point to a database that matters.
SETTINGS = {
    "ADMIN_SECOND_FACTOR",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DEBUG",
    "DEBUG_ON_NETWORK",
    "DEFAULT_FROM_EMAIL",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_TIMEOUT",
    "EMAIL_URL",
    "FEED_AUTHORITY",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "HTTPS",
    "LANGUAGES",
    "MACHINES",
    "MEDIA_ROOT",
    "MEDIA_STORAGE",
    "MEDIA_STORAGE_OPTIONS",
    "MEDIA_URL",
    "METRICS_TOKEN",
    "NEWCOMER_HOURS",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_NAME",
    "OIDC_ORIGINS",
    "OIDC_SERVER_URL",
    "PORT",
    "PROCESSES",
    "RATE_LIMITS",
    "REDIS_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
    "TIME_ZONE",
    "WHO_MAY_POST",
}

DEVELOPMENT = {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "e2e.settings"}
"""Environment of the stories' servers: a fresh clone's, with passwords that are quick to check."""

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "only-for-this-test-" * 4,
    "ALLOWED_HOSTS": "127.0.0.1",
    "RATE_LIMITS": "0",
}
"""Environment of a server that is none of a developer's."""


_migrated: list[bytes] = []
"""The first migrated SQLite database; later ones are copies of it."""


class DaphneServer(Process):
    """BookShelf served as script/server serves it."""

    name = "Daphne"
    mails: Path | None = None
    """Where mails are written, if addresses have to be confirmed."""

    def __init__(self, folder: Path, port: int, env: Mapping[str, str]) -> None:
        ours = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        ours |= {
            "DATABASE_URL": f"sqlite:///{folder.resolve()}/db.sqlite3",
            "DJANGO_SETTINGS_MODULE": "bookshelf.settings",
            "MEDIA_ROOT": str(folder.resolve() / "media"),
            "PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        super().__init__(folder / f"daphne-{port}.log", env={**ours, **env}, cwd=ROOT)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def command(self) -> list[str]:
        endpoint = f"tcp:port={self.port}:interface=127.0.0.1:backlog=4096"
        return [sys.executable, "-m", "daphne", "-e", endpoint, "bookshelf.asgi:application"]

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz/")
            # Any status is an answer: without its Redis the server runs and answers 503.
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def terminate(self) -> int:
        """End it with SIGTERM, as a deployment does, and return its exit status."""
        return self.stop()

    def prepare(self) -> None:
        """Migrate the database and, outside DEBUG, collect the static files.

        Raises ServiceError, with Django's words, when that fails.
        """
        url = self.env["DATABASE_URL"]
        file = Path(url.removeprefix("sqlite://"))
        if not url.startswith("sqlite:") or self.env.get("DEBUG") != "1" or file.exists():
            self.migrate()
        elif _migrated:
            file.write_bytes(_migrated[0])
        else:
            self.migrate()
            _migrated.append(file.read_bytes())

    def migrate(self) -> None:
        code = (
            "import django; from django.conf import settings;"
            "from django.core.management import call_command; django.setup();"
            "call_command('migrate', interactive=False, verbosity=0);"
            "settings.DEBUG or call_command('collectstatic', interactive=False, verbosity=0)"
        )
        self.run_beforehand([sys.executable, "-c", code])


@contextmanager
def daphne_server(
    folder: Path, *, env: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[DaphneServer]:
    """Serve BookShelf on a loopback port, after migrating its database.

    `env` is what it gets beyond the caller's environment, from which the settings are taken away;
    database and media are in `folder` unless it says otherwise. Yields it with `.url` (no slash at
    its end), `.port`, `.pid`, `.log`, `.terminate()`, `.kill()`, `.start()` (same port),
    `.freeze()` and `.thaw()`. Raises ServiceError when it does not start.
    """
    server = DaphneServer(folder, port or free_port(), env or {})
    server.prepare()
    try:
        yield server.start()
    finally:
        server.close()
