"""Light, dark, or as the system has it: chosen in the footer, and kept in a cookie of the browser.

It belongs to the browser and not to the account, so that guests have it as well.
"""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.signing_in import has_proof, referring_page
from accounts.stale_forms import csrf_failure

COOKIE = f"{settings.COOKIE_PREFIX}theme"
THEMES = ("light", "dark")
"""What is kept; anything else is the system's own."""

MAX_AGE = 365 * 24 * 60 * 60
"""Seconds for which a browser keeps it."""


def theme_of(value: str | None) -> str:
    """Return the theme that a cookie names; empty for the system's."""
    return value if value in THEMES else ""


# Exempt: a guest's page is the same for everybody, so its form has no token but a signature.
@csrf_exempt
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in the browser. The page that htmx sends it from has changed by itself."""
    if not has_proof(request, request.path):
        return csrf_failure(request)
    theme = theme_of(request.POST.get("theme"))
    is_in_place = "HX-Request" in request.headers
    response = (
        HttpResponse(status=HTTPStatus.NO_CONTENT)
        if is_in_place
        else redirect(referring_page(request))
    )
    if theme:
        response.set_cookie(
            COOKIE,
            theme,
            max_age=MAX_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
