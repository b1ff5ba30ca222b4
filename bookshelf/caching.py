"""Who may keep a copy of a response: the browser alone, unless a view says that everybody may."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import has_vary_header

GetResponse = Callable[[HttpRequest], HttpResponse]

PRIVATE = "private, no-cache"
"""Kept by this browser alone, and not shown again without asking us. Not "no-store": engines then
drop the page when it is left, and Back loses the place and what was typed (docs/security.md)."""


class PrivateUnlessPublicMiddleware:
    """Say "private" on each response that says nothing, or that is somebody's own.

    A response that sets a cookie, or depends on one, is somebody's own whatever its view says.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        said = response.get("Cache-Control", "")
        is_personal = bool(response.cookies) or has_vary_header(response, "Cookie")
        if not said or (is_personal and "private" not in said):
            response["Cache-Control"] = "private, no-store" if "no-store" in said else PRIVATE
        return response
