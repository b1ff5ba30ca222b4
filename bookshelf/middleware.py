"""What holds for every answer of the site."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from bookshelf.trouble import database_trouble

GetResponse = Callable[[HttpRequest], HttpResponse]

RETRY_AFTER = 5
"""Seconds after which to ask again for what could not be had."""


class DatabaseAwayMiddleware:
    """When the database is away, or too busy, a request is answered with 503 and a page that says
    so, whatever part of it wanted the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        # What goes wrong in other middleware has become a 500 before it gets here.
        got_request_exception.connect(note_database_away)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return database_away(request) if hasattr(request, "database_away") else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that met a database that is away."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        database_trouble.met(error)
        return database_away(request)


def note_database_away(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Mark a request that failed for want of the database. Called while it fails."""
    error = sys.exc_info()[1]
    if request is not None and isinstance(error, OperationalError | InterfaceError):
        request.database_away = True


def database_away(request: HttpRequest) -> HttpResponse:
    """The page that says so."""
    response = render(request, "503.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


class OwnNotFoundMiddleware:
    """In DEBUG, too, what is not found is our own page: Django's breaks the site's policy, and a
    boosted link that led to it would find no main region to show.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and response.get("Content-Type", "").startswith("text/html"):
            return page_not_found(request, Http404())
        return response
