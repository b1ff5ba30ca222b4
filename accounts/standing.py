"""Who may do what others see: not those whom a moderator has suspended, or banned.

`refusal` is the one place that decides. Views that write what others see have `good_standing`.
"""

from datetime import timedelta
from functools import wraps
from http import HTTPStatus

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from accounts.languages import moment
from accounts.models import User
from accounts.requests import View
from accounts.stale_forms import send_again

APPEAL_FOR = timedelta(days=30)
"""How long the link to the appeal of somebody who is banned is valid."""

SALT = "accounts.standing.appeal"


def refusal(user: User) -> str:
    """Return why this user may do nothing that others see just now, as a sentence; "" if they may.

    Rules of the site about who may write belong here.
    """
    if user.banned_at is not None:
        return gettext("This account is banned.")
    if user.suspended_until is not None and user.is_suspended:
        return gettext(
            "You can read, but not write, until %(time)s: a moderator has suspended you."
        ) % {"time": moment(user.suspended_until)}
    return ""


def good_standing(view: View) -> View:
    """Answer 403 instead of calling the view for those whom `refusal` refuses.

    The answer says why, how to appeal, and has what was typed. Stands below the login decorator.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        reason = refusal(user) if isinstance(user, User) else ""
        if not reason:
            return view(request, *args, **kwargs)
        ctx = {"heading": reason, "appeal": reverse("moderation:standing")}
        return send_again(request, "accounts/refused.html", ctx, HTTPStatus.FORBIDDEN)

    # Tests find by it what those who are suspended cannot do.
    answer.needs_good_standing = True  # type: ignore[attr-defined]
    return answer


def moderators_only(view: View) -> View:
    """Let only moderators through; others get 403. Stands below the login decorator."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_moderator):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return answer


def appeal_token(user: User) -> str:
    """Return what lets somebody who is banned appeal without signing in, for APPEAL_FOR."""
    return signing.dumps(user.pk, salt=SALT)


def read_appeal_token(token: str) -> User | None:
    """Return who is banned and got this token; None when it is not valid, or no longer."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=APPEAL_FOR)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()
