"""Signing in on the way: what was sent is kept, and is in the form again afterwards."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django_htmx.http import HttpResponseClientRedirect

KEPT = "kept"
"""Where in the session the fields stand: {"path": …, "fields": {name: value}}."""

MOST_CHARACTERS = 64 * 1024
NEVER_KEPT = {"csrfmiddlewaretoken"}

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Have a view answer signed-in readers only; others come back to it after signing in.

    What a guest, or somebody whose session has ended, sends with POST is kept in their session: see
    `kept_fields`. Their POSTs need no CSRF token, as nothing is done with them but that: cards
    that arrive live have forms without one.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return protected(request, *args, **kwargs)
        back = request.get_full_path()
        if request.method == "POST":
            keep(request)
            back = page_before(request, default=back)
        response = redirect_to_login(back)
        if request.htmx and not request.htmx.boosted:
            # It would be swapped in the place of a button.
            return HttpResponseClientRedirect(response.url)
        return response

    return answer


def keep(request: HttpRequest) -> None:
    """Keep the fields of a POST in the session, for the form that they came from."""
    fields = {name: value for name, value in request.POST.items() if name not in NEVER_KEPT}
    if sum(map(len, fields.values())) <= MOST_CHARACTERS:
        request.session[KEPT] = {"path": request.path, "fields": fields}


def kept_fields(request: HttpRequest, path: str | None = None) -> dict[str, str]:
    """Return, once, the fields that a guest sent to `path` (that of the request), for the form."""
    kept = request.session.get(KEPT) if request.user.is_authenticated else None
    if kept is None or kept["path"] != (path or request.path):
        return {}
    del request.session[KEPT]
    return kept["fields"]


def page_before(request: HttpRequest, default: str = settings.LOGIN_REDIRECT_URL) -> str:
    """Return the address, on this site, of the page that the request comes from, or `default`.

    Taken from the Referer, which our own pages send (SECURE_REFERRER_POLICY).
    """
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        return default
    parts = urlsplit(referer)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    # A path such as //elsewhere/ would lead to another host.
    return path if url_has_allowed_host_and_scheme(path, None) else default
