"""Tell a server from a developer's machine by the environment, and check the server's key.

In DEBUG the key that signs sessions is in everybody's copy of the source, and errors show the code.
So DEBUG is the default only where no variable of a server is set.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)
from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT_KEY = "for-development-only"

LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

SERVERS_ONLY = [
    "SECRET_KEY", "REDIS_URL", "METRICS_TOKEN", "MEDIA_STORAGE", "MEDIA_STORAGE_OPTIONS",
    "STATIC_ROOT", "DEFAULT_FROM_EMAIL",
]  # fmt: skip
"""Variables that are set on servers only."""

HOW_TO_MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(60))'"


def server_variables(env: Mapping[str, str]) -> list[str]:
    """Return the names of the variables in `env` that only a server sets."""
    found = [name for name in SERVERS_ONLY if env.get(name, "").strip()]
    hosts = env.get("ALLOWED_HOSTS", "").split(",")
    if {host.strip() for host in hosts} - {"", *LOCAL_HOSTS}:
        found.append("ALLOWED_HOSTS")
    if env.get("HTTPS", "").strip().lower() not in {"", "0", "false", "no", "off"}:
        found.append("HTTPS")
    if env.get("DATABASE_URL", "").strip() and not env["DATABASE_URL"].startswith("sqlite"):
        found.append("DATABASE_URL")
    if urlsplit(env.get("EMAIL_URL", "")).scheme.startswith(("smtp", "submission")):
        found.append("EMAIL_URL")
    if "//" in env.get("MEDIA_URL", ""):
        found.append("MEDIA_URL")
    return found + [
        name for name in ("PROCESSES", "MACHINES") if env.get(name, "").strip() not in {"", "1"}
    ]


def check_secret_key(key: str, why: str) -> None:
    """Raise ImproperlyConfigured unless `key` is safe for a server; `why` says that it is one."""
    if not key:
        wrong = f"SECRET_KEY is not set, and {why}: outside DEBUG it has to be, and kept secret"
    elif key.startswith((SECRET_KEY_INSECURE_PREFIX, DEVELOPMENT_KEY)):
        wrong = "SECRET_KEY is one for development: anybody can know it"
    elif len(key) < SECRET_KEY_MIN_LENGTH:
        wrong = f"SECRET_KEY has {len(key)} characters: {SECRET_KEY_MIN_LENGTH} is the least"
    elif len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS:
        wrong = (
            f"SECRET_KEY has {len(set(key))} different characters: "
            f"{SECRET_KEY_MIN_UNIQUE_CHARACTERS} is the least"
        )
    else:
        return
    hint = f"Make one with: {HOW_TO_MAKE_A_KEY}"
    if not key and not os.environ.get("DEBUG"):
        hint += " (or set DEBUG=1 to try things out on this machine)"
    raise ImproperlyConfigured(f"{wrong}. {hint}")
