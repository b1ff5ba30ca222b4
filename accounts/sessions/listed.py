"""Note when each session was last used, for the list of sessions (allauth.usersessions).

Only in requests that have read their session anyway, and once in NOTED_EVERY in each process:
readers who are not signed in cost nothing, and a request of others costs a look at a dict.
"""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from accounts.models import User

NOTED_EVERY = 15 * 60
"""Seconds for which a session counts as used without writing so again."""

MOST_REMEMBERED = 10_000
"""How many sessions a process remembers to have noted; then it begins anew."""

MOST_SESSIONS = 50
"""How many sessions an account can have. Whoever signs in once more ends the oldest."""

UNKNOWN_ADDRESS = "::"
"""The address of sessions that are older than the list."""

GetResponse = Callable[[HttpRequest], HttpResponse]

_noted: dict[str, float] = {}


class LastSeenMiddleware:
    """Note, after an answer, that its session was used. Must come after AccountMiddleware.

    A session that is not listed yet, from before there was a list, is listed then.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if session.accessed and session.session_key and SESSION_KEY in session:
            note_use(request)
        return response


def note_use(request: HttpRequest) -> None:
    """Store when, where from and with what this request's session is used, if it is time to."""
    key = request.session.session_key or ""
    now = time.monotonic()
    if key in _noted and now - _noted[key] < NOTED_EVERY:
        return
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[key] = now
    if not request.user.is_authenticated:
        return
    try:
        UserSession.objects.create_from_request(request)
    except DatabaseError:
        # What the request was about is done. The next one tries again.
        _noted.pop(key, None)


def end_oldest(user: User) -> None:
    """End the sessions of an account that are beyond MOST_SESSIONS, those first not used longest.

    A sign-in looks at all sessions of the account (allauth), so there is an end to them.
    """
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    for session in sessions[MOST_SESSIONS:]:
        session.end()
