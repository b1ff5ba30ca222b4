"""Refuse requests that pages of other sites make, unless they only read."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.log import log_response

from bookshelf.origins import Origin

GetResponse = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

OUR_SITES = {"same-origin", "none"}
"""Values of Sec-Fetch-Site: a page of ours, or the user's own action. A subdomain is not ours."""


class ForeignRequestMiddleware:
    """Refuse requests that a page of another site has a browser send, before anything else runs.

    Stands before the session: the answer sets no cookie and stores nothing. Browsers say where a
    request comes from in Sec-Fetch-Site, older ones in Origin. A request with neither was not
    sent by a page of another site, and is held to its CSRF token alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS or not is_foreign(request):
            return self.get_response(request)
        response = HttpResponse(render_to_string("foreign.html"), status=HTTPStatus.FORBIDDEN)
        log_response("Foreign request: %s", request.path, response=response, request=request)
        return response


def is_foreign(request: HttpRequest) -> bool:
    """Return whether, by the browser's headers, a page of another site made this request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in OUR_SITES:
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    own = Origin.of(request.scheme or "", request.get_host())
    return own is None or Origin.parse(origin) != own
