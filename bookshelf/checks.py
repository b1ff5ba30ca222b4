"""System checks of ours: what works with one process, and not as it should with several.

They speak up at each management command, not only at `check --deploy`: without PROCESSES and
MACHINES in the environment there is one of each, and nothing to say.
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

NO_DOORBELL = "bookshelf.W001"
FILE_DATABASE = "bookshelf.W002"
PROCESSES_WITHOUT_MACHINES = "bookshelf.W003"


@register("bookshelf")
def check_doorbell(**kwargs: Any) -> list[CheckMessage]:
    """Several processes want a channel layer that they share."""
    layer = settings.CHANNEL_LAYERS["default"]["BACKEND"]
    several = max(settings.PROCESSES, settings.MACHINES) > 1
    if not several or layer != "channels.layers.InMemoryChannelLayer":
        return []
    return [
        Warning(
            "REDIS_URL is not set, and there are several processes: readers on the others hear of "
            "a change up to 2 seconds late, and of a sign-out up to a minute.",
            hint="Set REDIS_URL, such as redis://127.0.0.1:6379/0.",
            id=NO_DOORBELL,
        )
    ]


@register("bookshelf")
def check_database(**kwargs: Any) -> list[CheckMessage]:
    """Several machines cannot share a database that is a file."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if settings.MACHINES == 1 or not engine.endswith("sqlite3"):
        return []
    return [
        Warning(
            "DATABASE_URL is SQLite, and there are several machines: each has posts of its own, "
            "or, on a network file system, they damage the file.",
            hint="Set DATABASE_URL to a PostgreSQL that all machines reach.",
            id=FILE_DATABASE,
        )
    ]


@register("bookshelf")
def check_numbers(**kwargs: Any) -> list[CheckMessage]:
    """A machine that serves has a process."""
    if settings.PROCESSES >= settings.MACHINES:
        return []
    return [
        Warning(
            f"PROCESSES={settings.PROCESSES} on MACHINES={settings.MACHINES}: there is at least "
            "one process on each machine.",
            hint="PROCESSES counts those on all machines together.",
            id=PROCESSES_WITHOUT_MACHINES,
        )
    ]
