"""Which sockets are still whose: session keys in, user ids out.

A socket lives longer than a request, so that a log-out, a new password or a deactivation has to
reach it: who does one of these rings, and the update stream looks again every minute anyway.
"""

from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.db import transaction
from django.utils.crypto import constant_time_compare

from bookshelf.live import SESSION_NOTICE, ring

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def users_of(session_keys: Iterable[str]) -> dict[str, int]:
    """Map each session key that is signed in now to its user's id; the others are left out.

    Checks what Django's own `get_user` checks (the session is there and not expired, the password
    is the one that it was signed in with), and that the user is active. Costs one query for each
    session and one for all users.
    """
    claims = {}
    for key in set(session_keys):
        session = SessionStore(key).load()
        if SESSION_KEY in session:
            claims[key] = (int(session[SESSION_KEY]), session.get(HASH_SESSION_KEY, ""))
    users = get_user_model().objects.filter(is_active=True)
    users = users.in_bulk({user_id for user_id, _ in claims.values()})
    return {
        key: user_id
        for key, (user_id, auth_hash) in claims.items()
        if user_id in users
        and constant_time_compare(auth_hash, users[user_id].get_session_auth_hash())
    }


def announce_sign_out(user_id: int) -> None:
    """Have every process look again, after the commit, at the sockets of this user."""
    transaction.on_commit(lambda: ring({"type": SESSION_NOTICE, "user_id": user_id}))
