"""Read from the environment with which other sites one can sign in: GitHub, Google, OpenID Connect.

Without any of these variables there is none. Google speaks OpenID Connect, so both are one path.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

GITHUB = ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET")
GOOGLE = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
OIDC = ("OIDC_NAME", "OIDC_SERVER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")

GITHUB_ORIGIN = "https://github.com"
GOOGLE_ORIGIN = "https://accounts.google.com"


class Providers(NamedTuple):
    """`settings` is for SOCIALACCOUNT_PROVIDERS, `origins` for the policy's form-action."""

    settings: dict[str, Any]
    origins: list[str]


def read_providers(environ: Mapping[str, str], *, debug: bool) -> Providers:
    """Return the providers that the environment names completely.

    Raises ImproperlyConfigured, naming the variables, when some of one provider's are missing.
    """
    settings: dict[str, Any] = {}
    origins: list[str] = []
    oidc: list[dict[str, Any]] = []
    if github := _read(environ, GITHUB):
        client_id, secret = github
        app = {"name": "GitHub", "client_id": client_id, "secret": secret}
        settings["github"] = {"APPS": [app], "SCOPE": ["user:email"], "OAUTH_PKCE_ENABLED": True}
        origins.append(GITHUB_ORIGIN)
    if google := _read(environ, GOOGLE):
        client_id, secret = google
        oidc.append(_oidc("google", "Google", GOOGLE_ORIGIN, client_id, secret))
        origins.append(GOOGLE_ORIGIN)
    if other := _read(environ, OIDC):
        name, server_url, client_id, secret = other
        origins.append(_origin("OIDC_SERVER_URL", server_url, debug=debug))
        further = [each.strip() for each in environ.get("OIDC_ORIGINS", "").split(",")]
        origins += [_origin("OIDC_ORIGINS", each, debug=debug) for each in filter(None, further)]
        oidc.append(_oidc("oidc", name, server_url.rstrip("/"), client_id, secret))
    elif environ.get("OIDC_ORIGINS"):
        raise ImproperlyConfigured(f"OIDC_ORIGINS is set, so set these as well: {', '.join(OIDC)}")
    if oidc:
        settings["openid_connect"] = {"APPS": oidc, "OAUTH_PKCE_ENABLED": True}
    return Providers(settings, origins)


def _read(environ: Mapping[str, str], names: tuple[str, ...]) -> list[str] | None:
    """Return the values of all these variables; None when none is set."""
    values = [environ.get(name, "").strip() for name in names]
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if len(missing) == len(names):
        return None
    if missing:
        found = next(name for name in names if name not in missing)
        raise ImproperlyConfigured(f"{found} is set, so set these as well: {', '.join(missing)}")
    return values


def _origin(name: str, url: str, *, debug: bool) -> str:
    """Return scheme, host and port of an address. Raises ImproperlyConfigured when it has none."""
    parts = urlsplit(url)
    schemes = {"http", "https"} if debug else {"https"}
    is_plain = not set(parts.netloc) & set(" ;,'\"*@")
    if parts.scheme not in schemes or not parts.hostname or not is_plain:
        raise ImproperlyConfigured(f"{name}={url!r} is not understood: https://HOST")
    return f"{parts.scheme}://{parts.netloc}"


def _oidc(provider_id: str, name: str, url: str, client_id: str, secret: str) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": url},
    }
