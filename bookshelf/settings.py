"""One settings file. The environment decides; a bad value is an error that names its variable."""

import os
import re
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from bookshelf.database import ANSWER_WITHIN, ImpatientConnection

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def read(cast: str, name: str, default: Any, why: str) -> Any:
    """Return environment variable `name` cast by `cast` ("bool", "int", …), or `default`.

    Raises ImproperlyConfigured, naming the variable, when its value cannot be understood.
    """
    if os.environ.get(name, "") == "":
        return default
    try:
        return getattr(env, cast)(name)
    except (ValueError, TypeError, KeyError, ImproperlyConfigured) as error:
        message = f"{name}={os.environ[name]!r} is not understood: {why}"
        raise ImproperlyConfigured(message) from error


def read_switch(name: str, default: bool) -> bool:
    """Return environment variable `name` as a bool; anything but a clear yes or no is an error."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name}={value!r} is not understood: use 1 or 0")


# A fresh clone has no SECRET_KEY and is somebody trying things out; a server has one.
DEBUG = read_switch("DEBUG", default=not os.environ.get("SECRET_KEY"))
SECRET_KEY = os.environ.get("SECRET_KEY") or ("for-development-only" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: outside DEBUG it has to be, and kept secret")

LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = read(
    "list", "ALLOWED_HOSTS", LOCAL_HOSTS if DEBUG else [], "a comma-separated list"
)
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: outside DEBUG name the hosts to serve")
if "*" in ALLOWED_HOSTS:
    # The origin check of the WebSocket reads this list: a star would admit every origin.
    raise ImproperlyConfigured("ALLOWED_HOSTS must not contain '*': name the hosts to serve")

PORT = read("int", "PORT", 8000, "a port number, such as 8000")
if not 0 < PORT < 65536:
    raise ImproperlyConfigured(f"PORT={PORT} is not understood: a number from 1 to 65535")

RATE_LIMITS = read_switch("RATE_LIMITS", default=not DEBUG)

# What a request for /metrics has to bear; without one there are no metrics.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if METRICS_TOKEN and not re.fullmatch(r"[!-~]{16,}", METRICS_TOKEN):
    raise ImproperlyConfigured("METRICS_TOKEN is not understood: 16 characters or more, no spaces")

# Behind a proxy that speaks TLS, and says so in X-Forwarded-Proto (which it has to set itself).
HTTPS = read_switch("HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    # What other hosts below this domain speak is not ours to decide (includeSubDomains), still less
    # for years to come (preload).
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# How many processes serve in all, and on how many machines. Only bookshelf/checks.py reads them.
PROCESSES = read("int", "PROCESSES", 1, "a number, such as 4")
MACHINES = read("int", "MACHINES", 1, "a number, such as 2")
for name, number in {"PROCESSES": PROCESSES, "MACHINES": MACHINES}.items():
    if number < 1:
        raise ImproperlyConfigured(f"{name}={number} is not understood: a number from 1 on")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "bookshelf.apps.BookShelfConfig",
    "accounts",
    "posts",
    "updater",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "bookshelf.middleware.DatabaseAwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bookshelf.middleware.OwnNotFoundMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "bookshelf.urls"
ASGI_APPLICATION = "bookshelf.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# --- The database ------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def read_database() -> dict:
    """Return Django's settings for DATABASE_URL (default: the SQLite file db.sqlite3)."""
    why = "sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
    database = read("db", "DATABASE_URL", None, why)
    if database is None:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
    engine = database.get("ENGINE", "")
    if engine.endswith("sqlite3"):
        # IMMEDIATE: a transaction that reads before it writes otherwise fails at once with
        # "database is locked" when another one writes.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;",
        }
        # A file, as in production: threads share it the same way. Several runs can go on at once.
        database["TEST"] = {"NAME": Path(gettempdir()) / f"bookshelf-test-{os.getpid()}.sqlite3"}
    elif engine.endswith("postgresql"):
        # Under ASGI each request may come on a thread of its own, so connections are pooled.
        database["OPTIONS"] = {
            "connect_timeout": int(ANSWER_WITHIN),
            "pool": {
                "min_size": 1,
                "max_size": 20,
                "timeout": ANSWER_WITHIN,
                # A pool that keeps on trying does so at ever longer intervals; one that gives up
                # tries again when it is asked.
                "reconnect_timeout": ANSWER_WITHIN,
                "connection_class": ImpatientConnection,
            },
        }
        # A connection that a restart of the server has cut is not handed out.
        database["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(f"DATABASE_URL is not understood: {why}")
    return database


DATABASES = {"default": read_database()}


# --- The channel layer -------------------------------------------------------

REDIS_URL = os.environ.get("REDIS_URL", "")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured(f"REDIS_URL={REDIS_URL!r} is not understood: redis://HOST:PORT/0")

if REDIS_URL:
    # Pub/sub: one PUBLISH for a broadcast, and it subscribes again after a restart of Redis.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


# --- Accounts and mail -------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# In DEBUG a newcomer is signed in right after signing up, with or without a mail address.
ACCOUNT_EMAIL_VERIFICATION = "optional" if DEBUG else "mandatory"
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "email" if DEBUG else "email*",
    "password1*",
    "password2*",
]
ACCOUNT_USERNAME_VALIDATORS = "accounts.validators.username_validators"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[BookShelf] "
ACCOUNT_USERNAME_BLACKLIST = ["admin", "bookshelf", "root", "staff"]
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = False

EMAIL_CONFIG = read(
    "email_url",
    "EMAIL_URL",
    {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"} if DEBUG else {},
    "smtp+tls://USER:PASSWORD@HOST:587",
)
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "BookShelf <bookshelf@localhost>")


# --- Files -------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where pictures are asked for: here, or at the storage's own host, such as https://files.example/.
MEDIA_URL = os.environ.get("MEDIA_URL") or "/media/"
if MEDIA_URL != "/media/" and not re.fullmatch(r"https?://[\w.:\[\]-]+/([^?#\s]+/)?", MEDIA_URL):
    why = "an address such as https://files.example/, with the slash"
    raise ImproperlyConfigured(f"MEDIA_URL={MEDIA_URL!r} is not understood: {why}")
MEDIA_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(MEDIA_URL))] if "//" in MEDIA_URL else []
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or BASE_DIR / "media")
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    # Of a storage elsewhere: its class, and what it takes, as JSON.
    "default": {
        "BACKEND": os.environ.get("MEDIA_STORAGE") or "django.core.files.storage.FileSystemStorage",
        "OPTIONS": read("json", "MEDIA_STORAGE_OPTIONS", {}, 'JSON, such as {"bucket_name": "b"}'),
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}


# --- What a browser may do ---------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, *MEDIA_ORIGINS],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


# --- Time, language, logs ----------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_client": {"()": "bookshelf.trouble.NoFaultOfAClient"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # It writes a traceback each second that Redis is gone; we say so ourselves, in a line.
        "channels_redis": {"level": "CRITICAL"},
        "uvicorn.error": {"filters": ["no_client"]},
        **{
            name: {"level": "INFO", "handlers": ["stderr"], "propagate": False}
            for name in ("bookshelf", "accounts", "posts", "updater")
        },
    },
}
