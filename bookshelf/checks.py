"""System checks: warn of settings that do not suit several processes or machines.

They run at each management command, not only at `check --deploy`. Without PROCESSES and MACHINES
in the environment both are 1, and no check warns.
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

NO_DOORBELL = "bookshelf.W001"
FILE_DATABASE = "bookshelf.W002"
PROCESSES_WITHOUT_MACHINES = "bookshelf.W003"


@register("bookshelf")
def check_doorbell(**kwargs: Any) -> list[CheckMessage]:
    """Warn when several processes share no channel layer."""
    layer = settings.CHANNEL_LAYERS["default"]["BACKEND"]
    several = max(settings.PROCESSES, settings.MACHINES) > 1
    if not several or layer != "channels.layers.InMemoryChannelLayer":
        return []
    return [
        Warning(
            "REDIS_URL is not set, and there are several processes: readers on the others hear of "
            "a change up to 2 seconds late.",
            hint="Set REDIS_URL, such as redis://127.0.0.1:6379/0.",
            id=NO_DOORBELL,
        )
    ]


@register("bookshelf")
def check_database(**kwargs: Any) -> list[CheckMessage]:
    """Warn when several machines use an SQLite database."""
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
    """Warn when there are fewer processes than machines."""
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
