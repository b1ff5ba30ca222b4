"""Require a login, and keep what was sent: it is in the form again after signing in."""

import time
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.log import log_response
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.presses import COOKIE, Press, press_at, remember_press
from accounts.requests import HtmxRequest, View, is_seen
from accounts.stale_forms import (
    SIGNATURE,
    StaleFormMixin,
    csrf_failure,
    csrf_problem,
    mark_stale,
    send_again,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KEPT = "kept"
"""The session's key of what was kept: {"path": …, "fields": {name: value}, "at": …, "by": …}.

"at" is when, in seconds since 1970. "by" is the id of the account that it was typed under, as text;
empty for a guest.
"""

KEPT_FOR = 60 * 60
"""Seconds after which it is forgotten."""

FORM_PATH = "form_path"
"""The field of a form that travels along with a press beside it: where the form is sent to."""

TYPED_BY = "typed_by"
"""The field that says under which account a form was drawn."""

MOST_CHARACTERS = 24_000
"""The most that is kept of one form, in characters: more than the longest post."""

TOO_MUCH = _(
    "You are signed out, and this is too long to be kept until you are signed in. Nothing is lost: "
    "sign in in another tab, then send it again here."
)

_signer = Signer(salt="accounts.signing_in")


def login_required_with_return(view: View) -> View:
    """Let only signed-in users through; others sign in, and return to the page they came from.

    Unlike Django's `login_required` it asks guests for no CSRF token, since nothing is done with
    what they send: cards that arrive live have forms without one. A view that takes POST says with
    `offering` what it then offers.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return protected(request, *args, **kwargs)
        if request.method != "POST":
            return redirect_to_login(request.get_full_path())
        _keep_text_beside(request)
        response = redirect_to_login(referring_page(request))
        remember_press(request, response)
        return response

    return answer


def offering(
    label: "StrOrPromise | Mapping[str, StrOrPromise]",
    name: str = "",
    *,
    passes: tuple[str, ...] = (),
    about: Callable[..., str | None] | None = None,
) -> Callable[[View], View]:
    """Let only signed-in users through to a view of a button; others are offered it afterwards.

    For views that take nothing but POST. The arguments are those of `Press`.
    """

    def decorate(view: View) -> View:
        answer = login_required_with_return(view)
        answer.press = Press(label, name, passes, about)  # type: ignore[attr-defined]  # press_at
        return answer

    return decorate


def login_required_keeping_post(form: type[StaleFormMixin]) -> Callable[[View], View]:
    """Let only signed-in users through to a view that takes this form, and lose nothing typed.

    - When the page was drawn under another login, the view is called with the form marked as
      stale, and returns it with what was typed.
    - What a guest, or a user whose session has ended, sends is kept in the session, and read after
      signing in with `kept_fields`. It has to prove that a form of ours sent it, by the CSRF token
      or by the signature of a guest's form.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HtmxRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _redirect_to_login(request, form)
            problem = csrf_problem(request)
            if problem is None:
                return view(request, *args, **kwargs)
            if request.htmx:
                # The form on the page is left as it is, and gets the fresh token.
                return csrf_failure(request, reason=problem)
            mark_stale(request)
            response = view(request, *args, **kwargs)
            response.status_code = HTTPStatus.FORBIDDEN
            log_response("Stale form (%s): %s", problem, request.path, response=response)
            return response

        answer.form = form  # type: ignore[attr-defined]  # tests find all forms by it
        return answer

    return decorate


def _redirect_to_login(request: HttpRequest, form: type[StaleFormMixin]) -> HttpResponse:
    back = request.get_full_path()
    if request.method != "POST":
        return redirect_to_login(back)
    if has_proof(request, request.path):
        if not _keep(request, form, request.path):
            return send_again(
                request, "send_again.html", {"heading": TOO_MUCH}, HTTPStatus.FORBIDDEN
            )
    elif request.POST.get("csrfmiddlewaretoken"):
        # It may have been typed into a form of ours: sent again, it carries a valid token.
        return csrf_failure(request)
    return redirect_to_login(referring_page(request, default=back))


def _keep_text_beside(request: HttpRequest) -> None:
    """Keep what is half typed in the form beside the button that a guest pressed.

    With htmx the button sends it along (hx-include): signing in leads away from the page.
    """
    path = request.POST.get(FORM_PATH, "")
    try:
        form = getattr(resolve(path).func, "form", None)
    except Resolver404:
        return
    if form is not None and _is_typed(request, form) and has_proof(request, path):
        _keep(request, form, path)


def _is_typed(request: HttpRequest, form: type[forms.Form]) -> bool:
    seen = [name for name, field in form.base_fields.items() if not field.widget.is_hidden]
    return any(request.POST.get(name, "").strip() for name in seen)


def has_proof(request: HttpRequest, path: str) -> bool:
    """Return whether a form of ours to this path was sent, by its signature or its CSRF token."""
    signature = request.POST.get(SIGNATURE)
    if signature:
        return is_signed_for(path, signature)
    return csrf_problem(request) is None


def sign_form(path: str) -> str:
    """Return the signature that guests' forms to `path` carry; the same for every guest."""
    return _signer.signature(path)


def is_signed_for(path: str, signature: str) -> bool:
    """Return whether `sign_form` made this signature for this path."""
    try:
        _signer.unsign(f"{path}{_signer.sep}{signature}")
    except BadSignature:
        return False
    return True


def _keep(request: HttpRequest, form: type[forms.Form], path: str) -> bool:
    """Keep the fields of the form at `path` in the session; return False when they are too long."""
    fields = {}
    for name, field in form.base_fields.items():
        value = field.widget.value_from_datadict(request.POST, {}, name)
        if value is not None:
            # Browsers send two characters for a line end.
            fields[name] = value.replace("\r\n", "\n") if isinstance(value, str) else value
    if sum(len(str(value)) for value in fields.values()) > MOST_CHARACTERS:
        return False
    by = request.POST.get(TYPED_BY, "")
    request.session[KEPT] = {
        "path": path,
        "fields": fields,
        "at": time.time(),
        "by": by if by.isdecimal() else "",
    }
    return True


def kept_fields(request: HttpRequest, path: str | None = None) -> dict[str, Any]:
    """Return the fields kept for `path`, by default the request's, and forget them.

    Empty when nothing was kept, or not for this user: then it is forgotten. They are initial values
    for the form at that path.
    """
    kept = request.session.get(KEPT) if request.user.is_authenticated else None
    if kept is None:
        return {}
    is_theirs = kept.get("by", "") in ("", str(request.user.pk))
    is_old = not 0 <= time.time() - kept.get("at", 0) < KEPT_FOR
    if is_theirs and not is_old and kept["path"] != (path or request.path):
        return {}
    is_for_them = is_theirs and not is_old
    # A press that the same page offers leads to the next page: the text has to be there again.
    if is_seen(request) and not (is_for_them and request.COOKIES.get(COOKIE)):
        del request.session[KEPT]
    if not is_for_them:
        return {}
    fields: dict[str, Any] = kept["fields"]
    return fields


def referring_page(request: HttpRequest, default: str = settings.LOGIN_REDIRECT_URL) -> str:
    """Return the path, on this site, of the page that the request comes from, or `default`.

    It is taken from the Referer header, which our own pages send (SECURE_REFERRER_POLICY).
    """
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        return default
    parts = urlsplit(referer)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    # A path such as //elsewhere/ would lead to another host. A page that answered a button, such as
    # the one of a stale form, has an address that takes POST alone.
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
    return path if is_ours and press_at(parts.path) is None else default
