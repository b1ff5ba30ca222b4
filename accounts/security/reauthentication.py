"""Prove once more who one is, for accounts that allauth knows no way for.

allauth asks for the password, a code or a key before anything that would make an account somebody
else's (`allauth.account.decorators.reauthentication_required`). An account that has none of them,
because its owner signs in with another site, it lets through. Here such an owner signs in with that
site again.
"""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

PROVIDER = "socialaccount"
"""How allauth calls it when somebody has signed in with another site."""


def needs_provider(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether an account has neither a password nor a second factor to ask for."""
    return user.is_authenticated and not get_reauthentication_flows(user)


def has_used_provider(request: HttpRequest) -> bool:
    """Return whether this session has signed in with another site a moment ago."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record["method"] == PROVIDER]
    return bool(times) and time.time() - times[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def record_provider(request: HttpRequest, user: AbstractBaseUser, provider: str, uid: str) -> None:
    """Store in the session that its user has signed in with another site again."""
    record_authentication(request, user, PROVIDER, provider=provider, uid=uid)
