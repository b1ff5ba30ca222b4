"""One settings file. The environment decides; a bad value is an error that names its variable."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from bookshelf.database import ANSWER_WITHIN, TimeoutConnection
from bookshelf.hosts import ports_by_host
from bookshelf.plain_values import (
    TRANSLATED,
    check_class,
    check_folder,
    check_host,
    check_languages,
    check_mail_address,
    check_time_zone,
    json_object,
)
from bookshelf.secure_start import DEVELOPMENT_KEY, LOCAL_HOSTS, check_secret_key, server_variables
from bookshelf.service_urls import check_redis, email_options, postgres_options, sqlite_options
from bookshelf.sign_in_providers import read_providers

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
    except (ValueError, TypeError, KeyError, ImproperlyConfigured):
        # The address of a service has a password in it.
        value = "" if name.endswith(("_URL", "_OPTIONS")) else f"={os.environ[name]!r}"
        raise ImproperlyConfigured(f"{name}{value} is not understood: {why}") from None


def checked(name: str, check: Callable[[str], Any]) -> Any:
    """Return what `check` makes of environment variable `name`; {} when that is not set.

    What `check` complains of (ValueError) is an error that names the variable and not its value:
    the address of a service has a password in it.
    """
    value = os.environ.get(name, "")
    try:
        return check(value) if value else {}
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not understood: {error}") from None


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


for_servers = server_variables(os.environ)
DEBUG = read_switch("DEBUG", default=not for_servers)
SECRET_KEY = os.environ.get("SECRET_KEY") or (DEVELOPMENT_KEY if DEBUG else "")
if not DEBUG:
    check_secret_key(SECRET_KEY, f"{for_servers[0]} is set" if for_servers else "DEBUG is off")

# In DEBUG only this machine is answered (bookshelf/local.py), unless this says otherwise.
DEBUG_ON_NETWORK = read_switch("DEBUG_ON_NETWORK", default=False)

hosts = read("list", "ALLOWED_HOSTS", LOCAL_HOSTS if DEBUG else [], "a comma-separated list")
if not hosts:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: outside DEBUG name the hosts to serve")
# By host, the ports of those that are named as HOST:PORT (bookshelf/origins.py).
ALLOWED_PORTS = ports_by_host(hosts)
ALLOWED_HOSTS = list(ALLOWED_PORTS)

# Goes into the ids of feeds. A site that moves to another host names its first host here.
FEED_AUTHORITY = os.environ.get("FEED_AUTHORITY") or ALLOWED_HOSTS[0].lstrip(".")
checked("FEED_AUTHORITY", check_host)

PORT = read("int", "PORT", 8000, "a port number, such as 8000")
if not 0 < PORT < 65536:
    raise ImproperlyConfigured(f"PORT={PORT} is not understood: a number from 1 to 65535")

RATE_LIMITS = read_switch("RATE_LIMITS", default=not DEBUG)

# Who may write posts (accounts/posting_policy.py), and for how many hours an account counts as new
# (accounts/newcomers.py; 0 is off).
WHO_MAY_POST = os.environ.get("WHO_MAY_POST") or "everybody"
if WHO_MAY_POST not in {"everybody", "invited", "approved", "staff"}:
    why = "everybody, invited, approved or staff"
    raise ImproperlyConfigured(f"WHO_MAY_POST={WHO_MAY_POST!r} is not understood: {why}")
NEWCOMER_HOURS = read("int", "NEWCOMER_HOURS", 24, "hours, such as 24; 0 is off")
if NEWCOMER_HOURS < 0:
    raise ImproperlyConfigured(f"NEWCOMER_HOURS={NEWCOMER_HOURS} is not understood: hours, or 0")

# The token that a request for /metrics must carry; without one /metrics is off.
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

# Browsers take a cookie of this name over TLS only, and for this one host: no sub-domain can plant
# one, nor whoever answers for us over http. Without TLS they would drop it.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "bookshelf.messages.MessageStorage"

# Ports of a host that is named without one, beside that of the scheme: without a proxy, ours.
USUAL_PORTS = [] if HTTPS else [PORT]

# How many processes serve in all, which share the rate limits, and on how many machines.
PROCESSES = read("int", "PROCESSES", 1, "a number, such as 4")
MACHINES = read("int", "MACHINES", 1, "a number, such as 2")
for name, number in {"PROCESSES": PROCESSES, "MACHINES": MACHINES}.items():
    if number < 1:
        raise ImproperlyConfigured(f"{name}={number} is not understood: a number from 1 on")

INSTALLED_APPS = [
    "daphne",
    "bookshelf.apps.BookShelfAdminConfig",
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
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "bookshelf.apps.BookShelfConfig",
    "accounts",
    "posts",
    "updater",
]

MIDDLEWARE = [
    # First: it has to see each response when nobody changes it any more.
    "bookshelf.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "bookshelf.origins.OwnHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bookshelf.caching.PrivateUnlessPublicMiddleware",
    "bookshelf.locales.LocaleMiddleware",
    "bookshelf.foreign.ForeignRequestMiddleware",
    "bookshelf.fragments.FragmentMiddleware",
    "bookshelf.middleware.DatabaseAwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bookshelf.middleware.OwnErrorPagesMiddleware",
    "accounts.presses.ForgettingMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.limits.LimitsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.languages.AccountLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.listed.LastSeenMiddleware",
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
            # How times are written, and in which language, on every page.
            "builtins": [
                "django.templatetags.i18n",
                "bookshelf.templatetags.keeping",
                "bookshelf.templatetags.languages",
                "bookshelf.templatetags.times",
            ],
        },
    },
]


# --- The database ------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def read_database() -> dict[str, Any]:
    """Return Django's settings for DATABASE_URL (default: the SQLite file db.sqlite3)."""
    why = "sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
    database: dict[str, Any] | None = read("db", "DATABASE_URL", None, why)
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
            **checked("DATABASE_URL", sqlite_options),
        }
        # A file, as in production: threads share it the same way. Several runs can go on at once.
        database["TEST"] = {"NAME": Path(gettempdir()) / f"bookshelf-test-{os.getpid()}.sqlite3"}
    elif engine.endswith("postgresql"):
        # Under ASGI each request may come on a thread of its own, so connections are pooled.
        ours = {
            "connect_timeout": int(ANSWER_WITHIN),
            "pool": {
                "min_size": 1,
                "max_size": 20,
                "timeout": ANSWER_WITHIN,
                # A pool that keeps on trying does so at ever longer intervals; one that gives up
                # tries again at the next request.
                "reconnect_timeout": ANSWER_WITHIN,
                "connection_class": TimeoutConnection,
            },
        }
        theirs = checked("DATABASE_URL", partial(postgres_options, ours=ours))
        database["OPTIONS"] = theirs | ours
        # A connection that a restart of the server has cut is not handed out.
        database["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(f"DATABASE_URL is not understood: {why}")
    return database


DATABASES = {"default": read_database()}


# --- The channel layer -------------------------------------------------------

REDIS_URL = os.environ.get("REDIS_URL", "")
checked("REDIS_URL", check_redis)

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


# --- The cache: what all processes count together -----------------------------

# Its table comes with `migrate` (bookshelf/models.py).
DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "bookshelf_cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
CACHES = {"default": DATABASE_CACHE, "database": DATABASE_CACHE}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "bookshelf.cache.RedisOrDatabaseCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "bookshelf",
    }


# --- Accounts and mail -------------------------------------------------------

SESSION_ENGINE = "accounts.sessions.store"
AUTH_USER_MODEL = "accounts.User"
# Only one: each backend hashes the password, and Django's does so more often for known names.
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8 if DEBUG else 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Whether staff without a second factor are kept out of the admin.
ADMIN_SECOND_FACTOR = read_switch("ADMIN_SECOND_FACTOR", default=False)
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
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.PasswordResetForm",
    "add_email": "accounts.forms.NewAddressForm",
}
ACCOUNT_USERNAME_VALIDATORS = "accounts.names.validators.username_validators"
ACCOUNT_USER_DISPLAY = "accounts.names.keys.name_in_mails"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[BookShelf] "
ACCOUNT_CHANGE_EMAIL = True
# Whoever has got hold of an open session cannot make the account theirs, nor in silence.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
# By mail an owner gets in even while others guess the password: see accounts/adapter.py.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
SIGN_IN_RATES = {
    # The key is a login together with an address: from elsewhere nobody locks the owner out. For
    # codes and keys, the second step, allauth counts here as well; then the key is the account.
    "login_failed": "5/5m/key,100/d/key",
    # Apart from those above, which allauth forgets when a code is right: whoever has an account
    # with two-factor could otherwise go on guessing the passwords of others.
    "login_failed_address": "20/h/ip",
    # The key is a login: all devices that have never signed in to it, wherever they are.
    "login_failed_new_device": "100/d/key",
    # The key is an account together with a device that has signed in to it.
    "login_failed_known_device": "10/h/key",
    "change_password": "5/m/user,20/h/user",
    "reauthenticate": "10/m/user,30/h/user",
    # Counted by mail address: no address gets more mails than this, from any client.
    "reset_password": "20/m/ip,5/h/key",
    # Signing in with another site begins with a request of ours to that site.
    "provider_login": "20/m/ip,100/h/ip",
}
# allauth's own rates hold for what is not named.
ACCOUNT_RATE_LIMITS = SIGN_IN_RATES if RATE_LIMITS else False

# Two-factor and passkeys. A passkey cannot be had when signing up: the address is confirmed by a
# link, which may be opened in another browser.
MFA_ADAPTER = "accounts.security.two_factor.TwoFactorAdapter"
MFA_FORMS = {
    "authenticate_webauthn": "accounts.security.key_forms.AuthenticateForm",
    "login_webauthn": "accounts.security.key_forms.LoginForm",
    "reauthenticate_webauthn": "accounts.security.key_forms.ReauthenticateForm",
    "add_webauthn": "accounts.security.key_forms.AddForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "BookShelf"
# Otherwise whoever has a second factor could not change the address, nor the other way round.
# Without a confirmed address nobody but staff signs in (ACCOUNT_EMAIL_VERIFICATION).
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "10/m/ip,60/h/ip"} if RATE_LIMITS else False

# Signing in with another site. A newcomer chooses a name, and no address of theirs opens an account
# that is there already.
SOCIALACCOUNT_PROVIDERS, PROVIDER_ORIGINS = read_providers(os.environ, debug=DEBUG)
SOCIALACCOUNT_ADAPTER = "accounts.providers.adapter.ProviderAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_FORMS = {
    "signup": "accounts.providers.forms.ProviderSignUpForm",
    "disconnect": "accounts.providers.forms.DisconnectForm",
}

EMAIL_CONFIG = read(
    "email_url",
    "EMAIL_URL",
    {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"} if DEBUG else {},
    "smtp+tls://USER:PASSWORD@HOST:587",
)
# What is mailed waits in the database (bookshelf/mail); the sender hands it to this backend.
MAIL_TRANSPORT = EMAIL_CONFIG.pop("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
MAIL_QUEUE = EMAIL_BACKEND = "bookshelf.mail.backend.QueueBackend"
# What django-environ has put into OPTIONS, Django would not look at.
EMAIL_CONFIG.pop("OPTIONS", None)
vars().update(EMAIL_CONFIG | checked("EMAIL_URL", email_options))
# Of each step: connecting, and each answer. See CLAIM in bookshelf/mail/queue.py.
EMAIL_TIMEOUT = read("int", "EMAIL_TIMEOUT", 20, "seconds, such as 20")
if not 1 <= EMAIL_TIMEOUT <= 60:
    raise ImproperlyConfigured(f"EMAIL_TIMEOUT={EMAIL_TIMEOUT} is not understood: 1 to 60 seconds")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "BookShelf <bookshelf@localhost>"
checked("DEFAULT_FROM_EMAIL", check_mail_address)


# --- Files -------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "bookshelf.stylesheet.StylesheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# Where pictures are served: here, or at the storage's own host, such as https://files.example/.
MEDIA_URL = os.environ.get("MEDIA_URL") or "/media/"
if MEDIA_URL != "/media/" and not re.fullmatch(r"https?://[\w.:\[\]-]+/([^?#\s]+/)?", MEDIA_URL):
    why = "an address such as https://files.example/, with the slash"
    raise ImproperlyConfigured(f"MEDIA_URL={MEDIA_URL!r} is not understood: {why}")
MEDIA_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(MEDIA_URL))] if "//" in MEDIA_URL else []
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or BASE_DIR / "media")
for name in ("STATIC_ROOT", "MEDIA_ROOT"):
    checked(name, check_folder)
checked("MEDIA_STORAGE", check_class)
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    # Of a storage elsewhere: its class, and what it takes, as JSON.
    "default": {
        "BACKEND": os.environ.get("MEDIA_STORAGE") or "django.core.files.storage.FileSystemStorage",
        "OPTIONS": checked("MEDIA_STORAGE_OPTIONS", json_object),
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
        # Chromium applies it to where a form is redirected to, as well.
        "form-action": [SELF, *PROVIDER_ORIGINS],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# No other site's page shows our pictures, nor reads our feeds: readers of feeds fetch them by
# themselves, and no feed has a picture in it.
CROSS_ORIGIN_RESOURCE_POLICY = "same-origin"
# What no page of ours uses, nor anything that gets into one. Passkeys need publickey-credentials-*.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera", "clipboard-read", "display-capture",
        "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
        "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
CSRF_FAILURE_VIEW = "accounts.stale_forms.csrf_failure"
X_FRAME_OPTIONS = "DENY"


# --- Time, language, logs ----------------------------------------------------

# What pages are written in: those that the site has, its own first (bookshelf/locales.py).
LANGUAGES = checked("LANGUAGES", check_languages) or list(TRANSLATED.items())
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "bookshelf" / "locale"]
USE_I18N = True

# The zone of readers who have chosen none, and of what is the same for everybody.
TIME_ZONE = checked("TIME_ZONE", check_time_zone) or "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"drop_client_errors": {"()": "bookshelf.outages.DropClientErrors"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # It writes a traceback each second that Redis is gone; we say so ourselves, in a line.
        "channels_redis": {"level": "CRITICAL"},
        "uvicorn.error": {"filters": ["drop_client_errors"]},
        **{
            name: {"level": "INFO", "handlers": ["stderr"], "propagate": False}
            for name in ("bookshelf", "accounts", "posts", "updater")
        },
    },
}
