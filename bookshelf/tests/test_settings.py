"""The environment decides; a bad value is an error that names its variable."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

OURS = [
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "PORT", "RATE_LIMITS", "DATABASE_URL", "REDIS_URL",
    "EMAIL_URL", "HTTPS", "MEDIA_ROOT", "MEDIA_STORAGE", "MEDIA_STORAGE_OPTIONS", "MEDIA_URL",
    "MACHINES", "METRICS_TOKEN", "PROCESSES", "STATIC_ROOT",
]  # fmt: skip
SHOW = (
    "from bookshelf import settings as s;"
    "print(s.DEBUG, s.RATE_LIMITS, s.ALLOWED_HOSTS, s.DATABASES['default']['ENGINE'],"
    "s.CHANNEL_LAYERS['default']['BACKEND'])"
)
SERVER = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "books.example"}


def start(code: str = SHOW, **env: str) -> subprocess.CompletedProcess:
    """Load the settings in a process with this environment, and print some of them."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=clean | env,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )


def test_a_fresh_clone_needs_nothing():
    done = start()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True False")
    assert "sqlite3" in done.stdout
    assert "InMemory" in done.stdout


def test_a_server_is_not_in_debug_and_limits_rates():
    assert start(**SERVER).stdout.startswith("False True ['books.example']")


def test_behind_tls_cookies_are_for_tls_only():
    code = (
        "from bookshelf import settings as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS)"
    )
    assert start(code, HTTPS="1", **SERVER).stdout.startswith("True 3")


def test_services_are_taken_from_their_addresses():
    done = start(DATABASE_URL="postgres://a:b@localhost/c", REDIS_URL="redis://localhost/0")
    assert "postgresql" in done.stdout
    assert "RedisPubSubChannelLayer" in done.stdout


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"DEBUG": "0"}, "SECRET_KEY"),
        ({"DEBUG": "0", "SECRET_KEY": "x"}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "x", "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"RATE_LIMITS": "few"}, "RATE_LIMITS"),
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"PROCESSES": "many"}, "PROCESSES"),
        ({"MACHINES": "0"}, "MACHINES"),
        ({"DATABASE_URL": "oracle://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
        ({"EMAIL_URL": "pigeon://x"}, "EMAIL_URL"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
    ],
)
def test_a_bad_value_is_an_error_that_names_its_variable(env, named):
    done = start(**env)
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr.splitlines()[-1]
    assert named in done.stderr.splitlines()[-1]
