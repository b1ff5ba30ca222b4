"""Read the addresses of services: every part of one is used, or is an error at the start.

Each function raises ValueError, whose text says what is wrong and shows no password.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from psycopg.pq import Conninfo

ADDRESS = re.compile(
    r"([a-z0-9+]+)://(?:[^/]*@)?([^/?#@]*)(/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

IN_THE_URL = {"user", "password", "host", "port", "dbname", "service"}
"""Options of PostgreSQL that the address has a place for, or that would replace it."""

EMAIL_OPTIONS = {"ssl_certfile": "EMAIL_SSL_CERTFILE", "ssl_keyfile": "EMAIL_SSL_KEYFILE"}

REDIS_OURS = {"socket_timeout", "socket_connect_timeout", "retry", "retry_on_timeout"}
"""Options that bookshelf/cache.py sets: the site goes on when Redis does not answer at once."""


class Parts(NamedTuple):
    """An address, without who signs in there: a password may have any characters in it."""

    scheme: str
    host: str
    path: str
    options: dict[str, str]


def split(url: str) -> Parts:
    """Split an address. A fragment, or an option without a value or with two, is an error."""
    found = ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError(
            "it is no address such as SCHEME://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE"
        )
    scheme, host, path, query, fragment = (part or "" for part in found.groups())
    if fragment:
        raise ValueError("what stands after '#' would be lost: write %23")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ValueError(
            "after '?' stand options such as sslmode=verify-full, with & between"
        ) from None
    options = dict(pairs)
    for name, value in pairs:
        if not value or value != options[name] or len(pairs) > len(options):
            raise ValueError(f"the option {name!r} is empty, or given twice")
    return Parts(scheme, host, path, options)


def sqlite_options(url: str) -> dict[str, Any]:
    """Check the address of an SQLite file, and return its options for Django."""
    if url == "sqlite://:memory:":
        return {}
    parts = split(url)
    if parts.host or parts.path.strip("/") == "":
        raise ValueError("a file has three slashes before it, such as sqlite:///shelf.sqlite3")
    options = dict(parts.options)
    timeout = options.pop("timeout", None)
    refuse(options, known=["timeout"])
    if timeout is None:
        return {}
    if not timeout.isascii() or not timeout.isdigit():
        raise ValueError(f"timeout={timeout!r} is no number of seconds")
    return {"timeout": int(timeout)}


def postgres_options(url: str, ours: Mapping[str, Any]) -> dict[str, str]:
    """Check the address of a PostgreSQL, and return its options for libpq.

    `ours` are the options that BookShelf sets itself.
    """
    parts = split(url)
    if parts.path.strip("/") == "":
        raise ValueError("the name of the database is missing: postgres://HOST/NAME")
    options = parts.options
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - IN_THE_URL
    if taken := sorted(options.keys() & ours.keys()):
        raise ValueError(f"the option {taken[0]!r} is set by BookShelf itself")
    refuse(options, known=known)
    mode = options.get("sslmode", "prefer")
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode={mode!r} is none of {', '.join(SSL_MODES)}")
    return options


def check_redis(url: str) -> None:
    """Check the address of a Redis, as its library does when it connects, and what that skips."""
    # Only where there is a Redis: it takes a tenth of a second to import.
    from redis import RedisError
    from redis.asyncio import ConnectionPool

    parts = split(url)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("redis://HOST:PORT/0, rediss:// with TLS, or unix:///PATH?db=0")
    options = parts.options
    if taken := sorted(options.keys() & REDIS_OURS):
        raise ValueError(f"the option {taken[0]!r} is set by BookShelf itself")
    if parts.scheme == "unix":
        if not parts.path or parts.host:
            raise ValueError("a socket has three slashes before it: unix:///PATH?db=0")
    elif not parts.host:
        raise ValueError("the host is missing: redis://HOST:PORT/0")
    elif (number := parts.path.removeprefix("/")) and not (number.isascii() and number.isdigit()):
        raise ValueError(f"{number!r} is no number of a database, such as 0")
    elif number and "db" in options:
        raise ValueError("the number of the database is given twice")
    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]
    except TypeError as error:
        name = str(error).rpartition("argument ")[2].strip("'")
        raise ValueError(f"there is no option {name!r}") from None
    except RedisError as error:
        raise ValueError(str(error)) from None


def email_options(url: str) -> dict[str, str]:
    """Check the address of a mail server, and return what its options are to Django's settings."""
    parts = split(url)
    if parts.scheme == "smtps":
        # django-environ takes it for STARTTLS, all others for TLS from the beginning.
        raise ValueError("say smtp+tls:// (STARTTLS, port 587) or smtp+ssl:// (TLS, port 465)")
    if parts.scheme.startswith("smtp") and not parts.host:
        raise ValueError("the host is missing: smtp+tls://USER:PASSWORD@HOST:587")
    if parts.scheme == "filemail" and (parts.host or not parts.path.strip("/")):
        raise ValueError("a folder has three slashes before it: filemail:///FOLDER")
    options = parts.options
    refuse(options, known=EMAIL_OPTIONS if parts.scheme.startswith("smtp+") else [])
    for name, file in options.items():
        if not Path(file).is_file():
            raise ValueError(f"{name}={file!r} is no file")
    return {EMAIL_OPTIONS[name]: file for name, file in options.items()}


def refuse(options: Mapping[str, str], *, known: Any) -> None:
    """Raise ValueError unless all options are known."""
    for name in options:
        if name not in known:
            raise ValueError(
                f"there is no option {name!r}; known: {', '.join(sorted(known)) or '-'}"
            )
