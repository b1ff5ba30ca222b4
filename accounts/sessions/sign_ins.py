"""Tell whether sessions are still signed in, by comparing database rows.

A socket lives longer than a request, and a session can end in many ways: log-out, a new password,
deactivation or deletion of the account, deletion or expiry of the session, each by a page, a
command, or SQL in the database's shell. No hook covers them all. But each changes the rows on
which a sign-in rests, so these rows are compared.
"""

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models.functions import MD5
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.sessions.store import is_session_key
from bookshelf.ids import parse_id

AT_ONCE = 1_000
"""How many sessions are looked up in one query."""

HELD = {
    "postgresql": "SELECT value ->> 0 AS session_key, (value ->> 1)::bigint AS user_id"
    " FROM json_array_elements(%s::json)",
    "sqlite": "SELECT json_extract(value, '$[0]') AS session_key,"
    " json_extract(value, '$[1]') AS user_id FROM json_each(%s)",
}
"""The sign-ins to check, as a table made from JSON: [[session key, user id], …]."""

# One statement with one parameter: through the ORM, with two lists of a thousand parameters, it
# takes three times as long.
STATE = """
    SELECT held.session_key, held.user_id, MD5(session.session_data), account.password
    FROM ({held}) AS held
    JOIN django_session AS session ON session.session_key = held.session_key
    JOIN accounts_user AS account ON account.id = held.user_id
    WHERE session.expire_date > %s AND account.is_active
"""


class SignIn(NamedTuple):
    """A session that is signed in as a user.

    `proof` is a hash of the session's data and the user's password. Within one process it stays
    the same for as long as both do.
    """

    session_key: str
    user_id: int
    proof: int


def sign_ins_of(session_keys: Iterable[str]) -> dict[str, SignIn]:
    """Map each session key that is signed in now to its sign-in; leave the others out.

    Check what Django's `get_user` checks (the session exists and has not expired, the password is
    the one of the sign-in), and that the user is active. Two queries for each AT_ONCE keys.
    """
    keys = sorted(filter(is_session_key, set(session_keys)))
    found: dict[str, SignIn] = {}
    for start in range(0, len(keys), AT_ONCE):
        found |= _sign_ins_of(keys[start : start + AT_ONCE])
    return found


def _sign_ins_of(keys: list[str]) -> dict[str, SignIn]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {row.session_key: row for row in rows.annotate(digest=MD5("session_data"))}
    contents = {key: session.get_decoded() for key, session in sessions.items()}
    ids = {key: parse_id(str(data.get(SESSION_KEY))) for key, data in contents.items()}
    claims = {key: user_id for key, user_id in ids.items() if user_id is not None}
    users = get_user_model().objects.filter(is_active=True).in_bulk(set(claims.values()))
    return {
        key: SignIn(key, user_id, _proof(sessions[key].digest, users[user_id].password))
        for key, user_id in claims.items()
        if user_id in users
        and constant_time_compare(
            contents[key].get(HASH_SESSION_KEY, ""), users[user_id].get_session_auth_hash()
        )
    }


def changed_sign_ins(sign_ins: Collection[SignIn]) -> dict[SignIn, SignIn | None]:
    """Map the sign-ins whose rows have changed to what they are now; to None if they have ended.

    Leave the others out. One query for each AT_ONCE sign-ins, and two for each AT_ONCE that have
    changed.
    """
    held = list(sign_ins)
    changed = []
    for start in range(0, len(held), AT_ONCE):
        some = held[start : start + AT_ONCE]
        proofs = _proofs(some)
        changed += [each for each in some if proofs.get(each[:2]) != each.proof]
    now = sign_ins_of(each.session_key for each in changed)
    renewed = {each: now.get(each.session_key) for each in changed}
    return {
        before: after if after is not None and after.user_id == before.user_id else None
        for before, after in renewed.items()
    }


def _proofs(sign_ins: list[SignIn]) -> dict[tuple[str, int], int]:
    """Map (session key, user id) to the present proof. Leave ended sign-ins out."""
    held = json.dumps([each[:2] for each in sign_ins])
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(STATE.format(held=HELD[connection.vendor]), [held, now])
        return {
            (session_key, user_id): _proof(digest, password)
            for session_key, user_id, digest, password in cursor
        }


def _proof(digest: str, password: str) -> int:
    return hash((digest, password))
