"""Which sockets are still whose: session keys in, user ids out.

A socket lives longer than a request, so that a log-out, a new password or a deactivation has to
reach it: who does one of these rings, and the update stream looks again every minute anyway.
"""

from collections.abc import Iterable

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bookshelf.live import SESSION_NOTICE, ring

AT_ONCE = 1_000
"""Sessions that are looked up in one query."""


def users_of(session_keys: Iterable[str]) -> dict[str, int]:
    """Map each session key that is signed in now to its user's id; the others are left out.

    Checks what Django's own `get_user` checks (the session is there and not expired, the password
    is the one that it was signed in with), and that the user is active. Two queries for each
    AT_ONCE keys.
    """
    keys = sorted(set(session_keys))
    found = {}
    for start in range(0, len(keys), AT_ONCE):
        found |= _users_of(keys[start : start + AT_ONCE])
    return found


def _users_of(keys: list[str]) -> dict[str, int]:
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    said = {session.session_key: session.get_decoded() for session in sessions}
    claims = {key: int(data[SESSION_KEY]) for key, data in said.items() if SESSION_KEY in data}
    users = get_user_model().objects.filter(is_active=True).in_bulk(set(claims.values()))
    return {
        key: user_id
        for key, user_id in claims.items()
        if user_id in users
        and constant_time_compare(
            said[key].get(HASH_SESSION_KEY, ""), users[user_id].get_session_auth_hash()
        )
    }


def announce_sign_out(user_id: int) -> None:
    """Have every process look again, after the commit, at the sockets of this user."""
    transaction.on_commit(lambda: ring({"type": SESSION_NOTICE, "user_id": user_id}))
