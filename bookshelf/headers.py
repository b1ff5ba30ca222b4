"""The headers by which a browser keeps others away from what we answer: on every response.

Django's middleware sets most of them on Django's responses. This stands around all that answers:
static files, health, metrics, refusals, and responses of middleware that come before Django's.
"""

from functools import cache

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
)
from csp.utils import build_policy
from django.conf import settings

from bookshelf.origins import is_secure

Headers = dict[bytes, bytes]

NOTHING = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of what is no page: a browser that shows it all the same loads and runs nothing."""

HTML = (b"text/html", b"application/xhtml")

POLICY = b"content-security-policy"


class SecurityHeaders:
    """An ASGI middleware that adds to each response what it has not got of the headers below."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def send_with_headers(event: ASGISendEvent) -> None:
            if event["type"] == "http.response.start":
                event = with_headers(event, scope)
            await send(event)

        await self._application(scope, receive, send_with_headers)


def with_headers(start: HTTPResponseStartEvent, scope: HTTPScope) -> HTTPResponseStartEvent:
    """Return the start of a response with our headers."""
    given = {name.lower(): value for name, value in start["headers"]}
    is_page = given.get(b"content-type", b"").startswith(HTML)
    added = {**for_all(), POLICY: page_policy() if is_page else NOTHING}
    if settings.SECURE_HSTS_SECONDS and is_secure(scope):
        added[b"strict-transport-security"] = b"max-age=%d" % settings.SECURE_HSTS_SECONDS
    if is_page and settings.DEBUG and start["status"] == 500:
        # Django's report of an error has scripts and styles in it. Only this machine gets it.
        del added[POLICY]
    kept = [(name, value) for name, value in start["headers"] if is_page or name.lower() != POLICY]
    missing = [(n, v) for n, v in added.items() if n not in given or (n == POLICY and not is_page)]
    return {**start, "headers": [*kept, *missing]}


@cache
def for_all() -> Headers:
    """Return what each response bears, whatever it is."""
    values = {
        "x-content-type-options": "nosniff",
        "x-frame-options": settings.X_FRAME_OPTIONS,
        "referrer-policy": settings.SECURE_REFERRER_POLICY,
        "cross-origin-opener-policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "cross-origin-resource-policy": settings.CROSS_ORIGIN_RESOURCE_POLICY,
        "permissions-policy": settings.PERMISSIONS_POLICY,
    }
    return {name.encode(): value.encode() for name, value in values.items()}


@cache
def page_policy() -> bytes:
    """Return the policy of a page to which Django has given none."""
    return build_policy().encode()
