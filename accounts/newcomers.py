"""New accounts write less often, for NEWCOMER_HOURS: what is made to flood a site is new."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User

NEWCOMER_RATES = {
    "post": "3 per minute; 8 per hour",
    "comment": "6 per minute; 30 per hour",
    "invite": "1 per day",
}
"""Beside the rates of everybody, by the kind of request."""


def is_newcomer(user: User | AnonymousUser) -> bool:
    """Whether this account is new, and nobody has vouched for it by approving it."""
    if not isinstance(user, User) or user.is_staff or user.is_approved:
        return False
    return user.date_joined > timezone.now() - timedelta(hours=settings.NEWCOMER_HOURS)


def newcomer_rates(user: User | AnonymousUser, kind: str) -> str:
    """Return the rates that hold for a new account as well; empty for others."""
    return NEWCOMER_RATES.get(kind, "") if is_newcomer(user) else ""
