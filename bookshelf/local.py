"""Answer only this machine, in DEBUG.

In DEBUG errors show the source, the key is public, and anybody can sign up without a mail.
"""

import ipaddress
from http import HTTPStatus

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
    Scope,
    WebSocketScope,
)

FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip")
"""Prefixes of the headers that proxies set."""

REFUSAL = """\
This BookShelf is in DEBUG, which is for one machine alone: open it at its loopback address, without
a proxy. To serve others, set SECRET_KEY and ALLOWED_HOSTS (README, "Settings"). To show it in DEBUG
to a network that you trust, set DEBUG_ON_NETWORK=1.
"""


class LocalOnly:
    """An ASGI middleware that answers requests from other machines with 403.

    It looks at the address that a connection came to, not the one that it came from: only this
    machine reaches a loopback address, or a UNIX socket. Requests with a proxy's headers are
    refused: behind a proxy on this machine all requests seem to come from here.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "lifespan" or is_local(scope):
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": None})
        else:
            headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
            await send(
                {
                    "type": "http.response.start",
                    "status": HTTPStatus.FORBIDDEN,
                    "headers": headers,
                    "trailers": False,
                }
            )
            await send({"type": "http.response.body", "body": REFUSAL.encode(), "more_body": False})


def is_local(scope: HTTPScope | WebSocketScope) -> bool:
    """Return whether a request comes from this machine."""
    if any(name.lower().startswith(FORWARDED) for name, _ in scope["headers"]):
        return False
    host, port = scope.get("server") or (None, None)
    # For a UNIX socket Daphne gives no server, and uvicorn its path, without a port.
    return port is None or is_loopback(host or "")


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address, or the name localhost."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
