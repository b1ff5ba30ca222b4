"""What is this site: scheme, host and port, for links that leave it, for sockets and for forms.

Django checks a Host without its port, and Channels an Origin without its scheme and port.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
    Scope,
    WebSocketScope,
)
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.http import is_same_domain

DEFAULT_PORTS = {"http": 80, "https": 443}

GetResponse = Callable[[HttpRequest], HttpResponse]


class Origin(NamedTuple):
    """What a browser takes for one site."""

    scheme: str
    host: str
    port: int

    @classmethod
    @lru_cache(1_000)
    def of(cls, scheme: str, host: str) -> "Origin | None":
        """Read a Host header; None for one that is malformed, or that no browser sends."""
        name, port = split_domain_port(host)
        # Django cuts the dot off the end of a name; to a browser that is another site.
        if scheme not in DEFAULT_PORTS or host.lower() != (f"{name}:{port}" if port else name):
            return None
        if not port:
            return cls(scheme, name, DEFAULT_PORTS[scheme]) if name else None
        if len(port) > 5 or port.startswith("0") or int(port) > 65535:
            return None
        return cls(scheme, name, int(port))

    @classmethod
    def parse(cls, header: str) -> "Origin | None":
        """Read an Origin header; None for "null", and for one that is malformed."""
        scheme, separator, host = header.partition("://")
        return cls.of(scheme.lower(), host) if separator else None

    @property
    def is_ours(self) -> bool:
        """Whether this is a host and port of ours (ALLOWED_HOSTS). In DEBUG any port is."""
        return any(
            is_same_domain(self.host, pattern) and (settings.DEBUG or self._has_port_of(pattern))
            for pattern in settings.ALLOWED_HOSTS
        )

    def _has_port_of(self, pattern: str) -> bool:
        ports = settings.ALLOWED_PORTS.get(pattern, [None])
        usual = (DEFAULT_PORTS[self.scheme], *settings.USUAL_PORTS)
        return self.port in ports or (None in ports and self.port in usual)


class OwnHostMiddleware:
    """Answer 400 where Host names another port than the site's: it would get into our links.

    Stands before all that makes an address of it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.get_host()
        origin = Origin.of(request.scheme or "", host)
        if origin is None or not origin.is_ours:
            raise DisallowedHost(f"{host!r} is not in ALLOWED_HOSTS. Ports count: HOST:PORT.")
        return self.get_response(request)


class SameOriginSockets:
    """An ASGI middleware that refuses (403) sockets which no page of this very site opens.

    Scheme, host and port of the Origin have to be those of the socket's own address.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        assert scope["type"] == "websocket"
        if has_own_origin(scope):
            await self._application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": None})


def has_own_origin(scope: WebSocketScope) -> bool:
    """Return whether a page of this site opens this socket."""
    hosts, origins = [], []
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(value)
        elif name == b"origin":
            origins.append(value)
    # One of each: of two, a proxy and we might not look at the same.
    if not len(hosts) == len(origins) == 1:
        return False
    secure = is_secure(scope)
    return secure >= settings.HTTPS and is_own(secure, hosts[0], origins[0])


@lru_cache(1_000)
def is_own(secure: bool, host: bytes, origin: bytes) -> bool:
    """Return whether an Origin is that of our site as Host names it. Cached: each reader asks."""
    own = Origin.of("https" if secure else "http", host.decode("latin1"))
    return own is not None and own.is_ours and own == Origin.parse(origin.decode("latin1"))


def is_secure(scope: HTTPScope | WebSocketScope) -> bool:
    """Return whether a request came by TLS: to us or, with HTTPS, to the proxy before us."""
    if settings.HTTPS:
        return (b"x-forwarded-proto", b"https") in scope["headers"]
    return scope.get("scheme") in ("https", "wss")
