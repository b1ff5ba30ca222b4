"""Check what the environment says, as far as it can be told without trying.

Each function raises ValueError, whose text says what would be understood.
"""

import json
import re
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones


def check_host(value: str) -> None:
    """Check the name or address of a host."""
    if not re.fullmatch(r"[\w.-]+|\[[0-9a-fA-F:.]+\]", value):
        raise ValueError("the name of a host, such as books.example")


def check_mail_address(value: str) -> None:
    """Check what mails are sent from: an address, perhaps with a name before it."""
    _, address = parseaddr(value)
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise ValueError("an address, such as BookShelf <books@books.example>")


def check_folder(value: str) -> None:
    """Check the path of a folder, which may not be there yet."""
    if Path(value).exists() and not Path(value).is_dir():
        raise ValueError("the path of a folder; this is a file")


def check_class(value: str) -> None:
    """Check that a class has a module that is installed."""
    module, _, name = value.rpartition(".")
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None or not name.isidentifier():
        raise ValueError(
            f"a class, such as storages.backends.s3.S3Storage; {module!r} is no module"
        )


def json_object(value: str) -> dict[str, Any]:
    """Return an object that is written as JSON."""
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError('JSON, such as {"bucket_name": "b"}')
    return found


TRANSLATED = {"en": "English", "de": "Deutsch", "es": "Español"}
"""The languages that bookshelf/locale has, by code, each in its own words."""


def check_languages(value: str) -> list[tuple[str, str]]:
    """Return the languages of a comma-separated list, as `settings.LANGUAGES` has them."""
    codes = [code.strip() for code in value.split(",")]
    if not set(codes) <= TRANSLATED.keys() or len(set(codes)) < len(codes):
        known = ", ".join(TRANSLATED)
        raise ValueError(f"{value!r} is no comma-separated list of some of {known}")
    return [(code, TRANSLATED[code]) for code in codes]


def check_time_zone(value: str) -> str:
    """Return the name of a time zone."""
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no zone of the IANA database, such as Europe/Madrid")
    return value
