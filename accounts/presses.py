"""Offer, after signing in, what a guest wanted to do with one press: like, follow, shelve …

Nothing is done for a guest, and nothing in silence later: the next page that shows a signed-in user
has a form of its own for it, with a token of theirs. A signed cookie remembers the press for an
hour: in this browser alone, and until it is offered or somebody signs out.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from accounts.requests import is_seen

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COOKIE = f"{settings.COOKIE_PREFIX}pressed"
MAX_AGE = 60 * 60
"""Seconds for which a press is remembered."""

SALT = "accounts.presses"
LONGEST_VALUE = 20

GetResponse = Callable[[HttpRequest], HttpResponse]


class Press(NamedTuple):
    """A button that a view takes a POST from."""

    label: "StrOrPromise | Mapping[str, StrOrPromise]"
    """What the button says; for a button that sends a value, by that value."""
    name: str = ""
    """The name of that value."""
    passes: tuple[str, ...] = ()
    """Names of other fields that the view takes."""
    about: Callable[..., str | None] | None = None
    """What it is done to, by the arguments of the view; None when that is no longer there."""


class Offer(NamedTuple):
    """What templates/accounts/_offer.html draws."""

    path: str
    label: str
    about: str
    fields: dict[str, str]


def press_at(path: str) -> Press | None:
    """Return the press that the view at this path takes. Such a view takes nothing but POST."""
    try:
        press: Press | None = getattr(resolve(path).func, "press", None)
    except Resolver404:
        return None
    return press


def remember_press(request: HttpRequest, response: HttpResponse) -> None:
    """Remember in the guest's browser which button was pressed, if it can be offered later."""
    press = press_at(request.path)
    if press is None:
        return
    names = (*((press.name,) if press.name else ()), *press.passes)
    sent = {name: request.POST.get(name, "") for name in names}
    fields = {name: value for name, value in sent.items() if value}
    if any(len(value) > LONGEST_VALUE or not value.isalnum() for value in fields.values()):
        return
    response.set_signed_cookie(
        COOKIE,
        signing.dumps([request.path, fields]),
        salt=SALT,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take_offer(request: HttpRequest) -> Offer | None:
    """Return what to offer to this user, once: the answer to this request forgets it."""
    if not request.COOKIES.get(COOKIE) or not request.user.is_authenticated:
        return None
    if is_seen(request):
        request.forgets_press = True  # type: ignore[attr-defined]  # our own mark
    try:
        kept = request.get_signed_cookie(COOKIE, salt=SALT, max_age=MAX_AGE)
        path, fields = signing.loads(kept or "")
        match = resolve(path)
    except (signing.BadSignature, Resolver404):
        return None
    press: Press | None = getattr(match.func, "press", None)
    if press is None:
        return None
    about = press.about(**match.kwargs) if press.about else ""
    value = fields.get(press.name, "")
    label = press.label.get(value) if isinstance(press.label, Mapping) else press.label
    return None if about is None or not label else Offer(path, str(label), about, fields)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Mark a request that signs its user out."""
    if request is not None:
        request.signs_out = True  # type: ignore[attr-defined]  # our own mark


class ForgettingMiddleware:
    """Have the browser forget what the next person at it must not see.

    - A press that was offered, or that was not when its user signs out.
    - At sign-out also the pages that it holds, for Back: they have drafts and names in them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        signs_out = hasattr(request, "signs_out")
        if request.COOKIES.get(COOKIE) and (signs_out or hasattr(request, "forgets_press")):
            response.delete_cookie(COOKIE, samesite="Lax")
        if signs_out:
            response["Clear-Site-Data"] = '"cache"'
        return response
