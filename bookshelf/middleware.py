"""Middleware: pages of our own for errors, and for a database that is away."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bookshelf.database import is_deadlock
from bookshelf.outages import database_outage

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]

RETRY_AFTER = 5
"""Seconds after which a client may try again."""


class DatabaseAwayMiddleware:
    """Answer 503, with a page that says so, when the database is away, too busy or in a deadlock.

    Whatever part of the request used the database: a view, a middleware or a template.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        # An error of other middleware has become a 500 before it gets here.
        got_request_exception.connect(note_database_away)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return database_away(request) if hasattr(request, "database_away") else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that met a database that is away."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        if is_deadlock(error):
            logger.warning("deadlock path=%s", request.path)
        else:
            database_outage.record_failure(error)
        return database_away(request)


def note_database_away(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Mark a request that failed because the database is away. Called while it fails."""
    error = sys.exc_info()[1]
    if request is not None and isinstance(error, OperationalError | InterfaceError):
        request.database_away = True  # type: ignore[attr-defined]  # our own mark


def database_away(request: HttpRequest) -> HttpResponse:
    """Render the page of a database that is away, with 503."""
    response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "private, no-store"
    return response


OWN_PAGES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "400.html",
    HTTPStatus.FORBIDDEN: "403.html",
    HTTPStatus.NOT_FOUND: "404.html",
    HTTPStatus.METHOD_NOT_ALLOWED: "405.html",
}
"""Our pages for the bare answers of Django and of views, by status."""


class OwnErrorPagesMiddleware:
    """Replace error answers of a word or two with pages of ours.

    In DEBUG Django's page for 404 as well: it breaks the site's content security policy, and a
    boosted request that led to it would find no main region to show.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        template = OWN_PAGES.get(response.status_code)
        if template is None or response.streaming or not _is_text(response):
            return response
        is_djangos = settings.DEBUG and response.status_code == HTTPStatus.NOT_FOUND
        if is_djangos or b"<h1" not in response.content:
            response.content = render(request, template).content
            response["Content-Type"] = "text/html; charset=utf-8"
            # CommonMiddleware has set the length of the text that was replaced.
            response["Content-Length"] = str(len(response.content))
        return response


def _is_text(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith(("text/html", "text/plain"))
