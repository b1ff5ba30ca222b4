"""Sessions in the database, which is never searched for a key that cannot be one."""

import re

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

_KEY = re.compile(r"[a-z0-9]{8,40}")


def is_session_key(text: str | None) -> bool:
    """Return whether a cookie of ours could hold this. PostgreSQL cannot look for a NUL."""
    return bool(text and _KEY.fullmatch(text))


# The name is part of the salt with which sessions are signed.
class SessionStore(DatabaseSessionStore):
    """Django's, which takes any cookie of eight characters or more for a key."""

    def _validate_session_key(self, key: str | None) -> bool:
        return is_session_key(key)
