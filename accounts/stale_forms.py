"""Forms of pages that were opened under another login: return them filled, and store nothing.

Signing in changes the CSRF token, so a page that was opened before sends a stale one. Such a
request stores nothing and loses nothing: the form comes back, filled, with a fresh token.
"""

from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

STALE = "stale_form"
"""The field that marks data as stale. A client that sends it gets the form back, no more."""

SIGNATURE = "form_signature"
"""The field that proves that a guest's form is ours (accounts.signing_in)."""

NEVER_SENT_AGAIN = {"csrfmiddlewaretoken", SIGNATURE, STALE}

TYPED = {"title", "book_author", "tags", "name", "login", "username", "email"}
"""Fields of one line. Others show as a text area when they hold more than a word."""

LABELS = {
    "about": _("About"),
    "body": _("Your text"),
    "book_author": _("Book author"),
    "email": _("Email"),
    "login": _("Login"),
    "name": _("Name"),
    "password": _("Password"),
    "tags": _("Tags"),
    "text": _("Text"),
    "title": _("Title"),
    "username": _("Username"),
}
"""What fields are called there. Others go by their name."""

LONGEST_WORD = 40

STALE_HEADING = _(
    "You signed in or out in another tab after this page was opened. Nothing is lost: check what "
    "you wrote and send it again."
)
CHOOSE_AGAIN = _("The file that you chose was not kept: choose it again.")


class StaleFormMixin(forms.Form):
    """A form that is invalid when its data is marked as stale, so that its view returns it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_lost_a_file = self.is_stale and any(self.files.values())
        if self.is_stale:
            # A file would be stored while it is checked.
            self.files = MultiValueDict()

    @property
    def is_stale(self) -> bool:
        return STALE in self.data

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_stale:
            self.add_error(None, STALE_HEADING)
            if self.has_lost_a_file:
                self.add_error(None, CHOOSE_AGAIN)
        return cleaned


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, which keeps the reason for which it refuses a request."""

    problem: str | None = None

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseForbidden:
        self.problem = reason
        return HttpResponseForbidden()


def _any_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def csrf_problem(request: HttpRequest) -> str | None:
    """Return why Django would refuse this request's CSRF token; None when it is valid."""
    check = _CsrfCheck(_any_view)
    check.process_request(request)
    check.process_view(request, _any_view, (), {})
    return check.problem


def mark_stale(request: HttpRequest) -> None:
    """Mark the data of this request as stale: the form filled from it is not valid."""
    data: QueryDict = request.POST.copy()
    data[STALE] = "1"
    request.POST = data  # type: ignore[assignment]  # as Django itself assigns one


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request whose CSRF token is not valid (CSRF_FAILURE_VIEW)."""
    ctx = {"heading": STALE_HEADING, "is_stale": True}
    return send_again(request, "send_again.html", ctx, HTTPStatus.FORBIDDEN)


def send_again(
    request: HttpRequest, template: str, ctx: dict[str, Any], status: HTTPStatus
) -> HttpResponse:
    """Render a page with a form that holds what was sent, except passwords and files."""
    ctx = ctx | {
        "fields": [field for name in request.POST for field in _fields_of(request.POST, name)],
        "action": request.get_full_path(),
        "choose_again": CHOOSE_AGAIN if request.FILES else "",
    }
    return render(request, template, ctx, status=status)


def _fields_of(data: QueryDict, name: str) -> list[dict[str, str]]:
    if name in NEVER_SENT_AGAIN:
        return []
    label = str(LABELS.get(name, name.replace("_", " ").capitalize()))
    if "password" in name:
        return [{"kind": "password", "name": name, "label": label, "value": ""}]
    return [
        {"kind": _kind_of(name, value), "name": name, "label": label, "value": value}
        for value in data.getlist(name)
    ]


def _kind_of(name: str, value: str) -> str:
    if name in TYPED and "\n" not in value:
        return "line"
    is_text = name == "body" or len(value) > LONGEST_WORD or any(map(str.isspace, value))
    return "text" if is_text else "hidden"
