"""The environment decides; a bad value is an error that names its variable."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from e2e.server import SETTINGS as KEPT_FROM_SERVERS

OURS = [
    "ADMIN_SECOND_FACTOR",
    "DEBUG", "DEBUG_ON_NETWORK", "SECRET_KEY", "ALLOWED_HOSTS", "PORT", "RATE_LIMITS",
    "DATABASE_URL", "REDIS_URL", "DEFAULT_FROM_EMAIL", "EMAIL_URL", "FEED_AUTHORITY", "HTTPS",
    "MACHINES", "MEDIA_ROOT", "MEDIA_STORAGE", "MEDIA_STORAGE_OPTIONS", "MEDIA_URL",
    "METRICS_TOKEN", "PROCESSES", "STATIC_ROOT", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET",
    "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET",
    "OIDC_NAME", "OIDC_ORIGINS", "OIDC_SERVER_URL",
    "EMAIL_TIMEOUT", "WHO_MAY_POST", "NEWCOMER_HOURS", "LANGUAGES", "TIME_ZONE",
]  # fmt: skip
SHOW = (
    "from bookshelf import settings as s;"
    "print(s.DEBUG, s.RATE_LIMITS, s.ALLOWED_HOSTS, s.DATABASES['default']['ENGINE'],"
    "s.CHANNEL_LAYERS['default']['BACKEND'])"
)
KEY = "between-3-and-9-Quiet.Readers_" * 2
SERVER = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "books.example"}


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


def test_a_server_asks_for_long_passwords():
    code = (
        "import django; django.setup();"
        "from django.contrib.auth.password_validation import password_validators_help_texts as t;"
        "print(t())"
    )
    here = {"DJANGO_SETTINGS_MODULE": "bookshelf.settings"}

    assert "at least 12 characters" in start(code, **SERVER, **here).stdout
    assert "at least 8 characters" in start(code, DEBUG="1", **here).stdout


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
    services = {"DATABASE_URL": "postgres://a:b@localhost/c", "REDIS_URL": "redis://localhost/0"}
    done = start(DEBUG="1", **services)
    assert "postgresql" in done.stdout
    assert "RedisPubSubChannelLayer" in done.stdout


JUNK = {
    "ALLOWED_HOSTS": ["*", "https://books.example", "a b", "books.example:http", "books.example:0",
                      "books.example/", "books.example:99999", "::1", "a@b"],
    "DEBUG": ["perhaps", "2"],
    "DEBUG_ON_NETWORK": ["perhaps"],
    "ADMIN_SECOND_FACTOR": ["perhaps"],
    "RATE_LIMITS": ["few"],
    "HTTPS": ["tls", "https://books.example"],
    "SECRET_KEY": ["short", "x" * 60],
    "PORT": ["http", "70000", "0", "8000 8001", "-1"],
    "PROCESSES": ["many", "0", "1.5"],
    "MACHINES": ["0", "two"],
    "METRICS_TOKEN": ["short", "with spaces in between them"],
    "FEED_AUTHORITY": ["https://books.example", "a b", "books.example/feed"],
    "DEFAULT_FROM_EMAIL": ["nobody", "@books.example", "a@b c@d", "books@books.example\nBcc: a@b"],
    "MEDIA_URL": ["files", "ftp://files.example/", "https://files.example", "//files.example/"],
    "MEDIA_ROOT": [__file__],
    "STATIC_ROOT": [__file__],
    "MEDIA_STORAGE": ["S3Storage", "nowhere.at.All", "django.core.files.storage."],
    "MEDIA_STORAGE_OPTIONS": ["bucket", "[1]", '"x"', "{"],
    "EMAIL_URL": ["pigeon://x", "mail.example:587", "smtp+tls://", "smtps://mail.example",
                  "smtp+tls://mail.example:587?tls=1", "smtp+tls://mail.example:many",
                  "smtp+tls://mail.example:587?ssl_certfile=/nowhere", "filemail://folder",
                  "smtp://mail.example:25?ssl_certfile=/etc/passwd"],
    "REDIS_URL": ["localhost:6379", "redis://", "redis://localhost/shelf", "redis://localhost:x/0",
                  "redis://localhost/0?nothing=1", "redis://localhost/0?socket_timeout=60",
                  "redis://localhost/0?db=1", "rediss://localhost/0?ssl_cert_reqs=perhaps",
                  "redis://localhost:99999/0", "redis://localhost/0#x", "unix://redis.sock",
                  "redis://localhost/0?health_check_interval=often", "http://localhost/"],
    "DATABASE_URL": ["nonsense", "oracle://x", "mysql://a:b@localhost/c", "sqlite://shelf.sqlite3",
                     "sqlite://", "sqlite:///s.db?timeout=long", "sqlite:///s.db?mode=ro",
                     "sqlite:///s.db?timeout=", "postgres://localhost", "postgres://a:b@host:x/c",
                     "postgres://host/c?sslmod=require", "postgres://host/c?sslmode=verify-ful",
                     "postgres://host/c?sslmode=", "postgres://host/c?connect_timeout=60",
                     "postgres://host/c?sslmode=require&sslmode=disable", "postgres://host/c?pool=9",
                     "postgres://host/c?host=other", "postgres://host/c?conn_max_age=60",
                     "postgres://host/c?sslmode", "postgres://host/c#x"],
    "EMAIL_TIMEOUT": ["0", "soon", "600"],
    "WHO_MAY_POST": ["friends"],
    "NEWCOMER_HOURS": ["a day", "-1"],
    "LANGUAGES": ["English", "en,fr", "de,,en", "es es", "en,en"],
    "TIME_ZONE": ["Madrid", "UTC+1", "CET "],
    # Each of these is of no use alone.
    "GITHUB_CLIENT_ID": ["shelf"],
    "GITHUB_CLIENT_SECRET": ["hush"],
    "GOOGLE_CLIENT_ID": ["shelf"],
    "GOOGLE_CLIENT_SECRET": ["hush"],
    "OIDC_NAME": ["Elsewhere"],
    "OIDC_SERVER_URL": ["https://id.example"],
    "OIDC_CLIENT_ID": ["shelf"],
    "OIDC_CLIENT_SECRET": ["hush"],
    "OIDC_ORIGINS": ["https://login.example"],
}  # fmt: skip
"""For each variable, values that cannot be understood, or of which a part would be dropped."""


TRY_EACH = """
import json, os, sys
before, found = dict(os.environ), []
for env in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(before | env)
    sys.modules.pop("bookshelf.settings", None)
    try:
        import bookshelf.settings
        found.append("")
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
print(json.dumps(found))
"""


def errors(environments: list[dict[str, str]]) -> list[str]:
    """Load the settings with each of these, in one process; return the errors, "" for none."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TRY_EACH, json.dumps(environments)],
        env=clean,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_bad_value_is_an_error_that_names_its_variable():
    tried = [(name, value) for name, values in JUNK.items() for value in values]
    fitting = {name: SERVER if name == "SECRET_KEY" else {"DEBUG": "1"} for name in JUNK}

    found = errors([{**fitting[name], name: value} for name, value in tried])

    for (name, value), error in zip(tried, found, strict=True):
        assert error.startswith("ImproperlyConfigured: "), (name, value, error)
        assert name in error, (name, value, error)


def test_each_variable_has_values_that_are_refused():
    assert set(OURS) == JUNK.keys()


def test_an_error_shows_no_password():
    schemes = {"DATABASE_URL": "postgres", "REDIS_URL": "redis", "EMAIL_URL": "smtp+tls"}
    ends = ("host:x/0", "host/0?nothing=1", "host/0?sslmode=", "", "host/0#x")
    tried = [
        {"DEBUG": "1", name: f"{scheme}://ana:hush-hush@{end}"}
        for name, scheme in schemes.items()
        for end in ends
    ]

    for env, error in zip(tried, errors(tried), strict=True):
        assert error and "hush-hush" not in error, env


@pytest.mark.parametrize(
    ("env", "named"),
    [({"DEBUG": "0"}, "SECRET_KEY"), ({"DEBUG": "0", "SECRET_KEY": KEY}, "ALLOWED_HOSTS")],
)
def test_what_a_server_needs_is_asked_for(env, named):
    assert named in start(**env).stderr.splitlines()[-1]


OPTIONS = "from bookshelf import settings as s; print(s.DATABASES['default'])"


def test_options_of_the_database_are_kept_beside_ours():
    url = (
        "postgres://ana:p%23s%3Fs@db.example:5433/shelf?sslmode=verify-full&sslrootcert=/etc/root.crt"
        "&options=-c%20statement_timeout%3D5000&application_name=shelf"
    )
    done = start(OPTIONS, DEBUG="1", DATABASE_URL=url)

    assert done.returncode == 0, done.stderr
    for part in (
        "'sslmode': 'verify-full'", "'sslrootcert': '/etc/root.crt'", "'connect_timeout': 5",
        "'options': '-c statement_timeout=5000'", "'application_name': 'shelf'", "'pool': {",
        "'HOST': 'db.example'", "'PORT': 5433", "'PASSWORD': 'p#s?s'",
    ):  # fmt: skip
        assert part in done.stdout, (part, done.stdout)


def test_options_of_sqlite_are_kept_beside_ours():
    done = start(OPTIONS, DEBUG="1", DATABASE_URL="sqlite:///shelf.sqlite3?timeout=5")

    assert "'timeout': 5" in done.stdout and "IMMEDIATE" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres:////run/postgresql/bookshelf", "'HOST': '/run/postgresql'"),
        ("postgres://a:b@[::1]:5432/c", "'HOST': '::1'"),
        ("postgres://a,b/c?target_session_attrs=read-write", "'HOST': 'a,b'"),
        ("postgresql://a:p#s@host/c", "'PASSWORD': 'p#s'"),
        ("sqlite://:memory:", "':memory:'"),
        ("sqlite:////var/lib/shelf.sqlite3", "/var/lib/shelf.sqlite3"),
    ],
)
def test_other_addresses_of_a_database_are_understood(url, expected):
    done = start(OPTIONS, DEBUG="1", DATABASE_URL=url)

    assert expected in done.stdout, done.stderr


def test_what_is_right_is_understood():
    tried = [
        {"REDIS_URL": "redis://:secret@10.0.0.1:6379/0"},
        {"REDIS_URL": "rediss://ana:secret@redis.example/2?health_check_interval=30"},
        {"REDIS_URL": "unix:///run/redis.sock?db=1"},
        {"EMAIL_URL": "smtp+ssl://ana:a%23b@mail.example:465"},
        {"EMAIL_URL": "filemail:////tmp/mails"},
        {"ALLOWED_HOSTS": ".books.example,shelf.example:8443,[::1]:8000,192.0.2.7"},
        {"DEFAULT_FROM_EMAIL": "Böcher <books@books.example>", "FEED_AUTHORITY": "books.example"},
        {"MEDIA_STORAGE": "django.core.files.storage.FileSystemStorage", "MEDIA_ROOT": "/nowhere"},
    ]

    assert errors([{"DEBUG": "1", **env} for env in tried]) == [""] * len(tried)


def test_a_host_with_a_port_is_on_that_port_alone():
    code = "from bookshelf import settings as s; print(s.ALLOWED_HOSTS, s.ALLOWED_PORTS)"
    done = start(code, DEBUG="1", ALLOWED_HOSTS="a.example,a.example:8001,b.example:8002")

    assert done.stdout == (
        "['a.example', 'b.example'] {'a.example': [None, 8001], 'b.example': [8002]}\n"
    )


# --- A server whose key was forgotten -------------------------------------------

SAYS_SERVER = [
    ("ALLOWED_HOSTS", "books.example"),
    ("HTTPS", "1"),
    ("DATABASE_URL", "postgres://a:b@localhost/c"),
    ("REDIS_URL", "redis://localhost/0"),
    ("EMAIL_URL", "smtp+tls://a:b@mail.example:587"),
    ("EMAIL_URL", "submission://a:b@mail.example"),
    ("DEFAULT_FROM_EMAIL", "books@books.example"),
    ("METRICS_TOKEN", "a-token-of-a-server"),
    ("MEDIA_URL", "https://files.example/"),
    ("MEDIA_STORAGE", "storages.backends.s3.S3Storage"),
    ("STATIC_ROOT", "/var/lib/bookshelf/static"),
    ("PROCESSES", "4"),
    ("MACHINES", "2"),
]


@pytest.mark.parametrize(("name", "value"), SAYS_SERVER)
def test_each_sign_of_a_server_makes_a_missing_key_an_error(name, value):
    done = start(**{name: value})

    assert done.returncode != 0
    last = done.stderr.splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: SECRET_KEY is not set")
    assert f"{name} is set" in last
    assert "secrets.token_urlsafe" in last


@pytest.mark.parametrize(
    "env",
    [
        {"ALLOWED_HOSTS": "localhost,127.0.0.1", "HTTPS": "0", "PROCESSES": "1", "MACHINES": ""},
        {"DATABASE_URL": "sqlite:///shelf.sqlite3", "MEDIA_ROOT": "/tmp/covers", "PORT": "8001"},
        {"EMAIL_URL": "consolemail://", "RATE_LIMITS": "1", "MEDIA_URL": "/media/"},
    ],
)
def test_what_a_developer_sets_leaves_debug_on(env):
    assert start(**env).stdout.startswith("True")


def test_debug_stays_on_where_somebody_asks_for_it():
    assert start(DEBUG="1", REDIS_URL="redis://localhost/0").stdout.startswith("True")


@pytest.mark.parametrize(
    "key",
    [
        "short",
        KEY[:49],
        "x" * 60,
        "abcd" * 20,
        "django-insecure-" + KEY,
        "for-development-only",
        "for-development-only" * 4,
        "A_LONG_RANDOM_WORD",
    ],
)
def test_a_key_that_can_be_guessed_is_refused(key):
    done = start(SECRET_KEY=key, ALLOWED_HOSTS="books.example")

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr.splitlines()[-1]
    assert key not in done.stderr.splitlines()[-1]


def test_the_least_that_is_allowed_is_allowed():
    assert start(SECRET_KEY=KEY[:50], ALLOWED_HOSTS="books.example").returncode == 0


def test_each_variable_that_is_read_is_known_to_the_tests():
    """A developer's own must not decide what they find."""
    assert set(OURS) == KEPT_FROM_SERVERS - {"DJANGO_SETTINGS_MODULE"}
