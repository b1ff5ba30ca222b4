"""Who may write posts: everybody, who was invited, who was approved, or staff (WHO_MAY_POST).

A setting and not a table: who may write is part of what a blog is, like its host and its mails; it
is checked when the process starts, and costs no query. Who was invited or approved is stored with
the account, so changing the setting loses nothing. Reading, commenting and drafts are for all.
"""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.stale_forms import send_again

RULES = {
    "everybody": "",
    "invited": _(
        "Here those write posts who were invited. Everybody may read, comment and keep a reading "
        "list."
    ),
    "approved": _(
        "Here those write posts whom the people who run this site have approved. Everybody may "
        "read, comment and keep a reading list."
    ),
    "staff": _(
        "Here the people who run this site write the posts. Everybody may read, comment and keep a "
        "reading list."
    ),
}
"""What is said of each rule to those who join."""

WAYS = {
    "invited": _("Ask a member for an invitation, and open its link while you are signed in."),
    "approved": _("Ask the people who run this site to approve your account."),
}
"""What one can do who may not write."""


def posting_rule() -> str:
    """Return who may write posts, for those who join; empty where everybody may."""
    return str(RULES[settings.WHO_MAY_POST])


def posting_refusal(user: User) -> str:
    """Return why this user may not write posts; empty when they may."""
    rule = settings.WHO_MAY_POST
    allowed = {
        "everybody": True,
        "invited": user.is_invited or user.is_approved,
        "approved": user.is_approved,
        "staff": False,
    }
    if user.is_staff or allowed[rule]:
        return ""
    return " ".join(filter(None, (str(RULES[rule]), str(WAYS.get(rule, "")))))


def refuse_posting(request: SignedInRequest) -> HttpResponse | None:
    """Answer 403 to who may not write posts, with what was typed; None to who may."""
    if not (reason := posting_refusal(request.user)):
        return None
    template = "accounts/posting_refused.html"
    return send_again(request, template, {"heading": reason}, HTTPStatus.FORBIDDEN)
