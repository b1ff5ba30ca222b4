"""Remember in a signed cookie which accounts have signed in on this device.

After OWASP's "device cookies":
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies

An attacker who guesses a password from elsewhere does not have the cookie. So the failed sign-ins
of the owner's device are counted apart from the attacker's.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

COOKIE = f"{settings.COOKIE_PREFIX}device"
SALT = "accounts.devices"
MAX_AGE = 365 * 24 * 60 * 60
MOST_ACCOUNTS = 5
"""The most accounts that a device is remembered for: those that signed in last."""


@dataclass(frozen=True)
class Device:
    """A browser, and the ids of the accounts that have signed in with it."""

    id: str
    user_ids: tuple[int, ...] = ()

    def key_for(self, user_id: int) -> str:
        """Return the key by which this device's sign-ins to that account are counted."""
        return f"{user_id}:{self.id}"


def device_of(request: HttpRequest) -> Device | None:
    """Return the device of a request; None when no account has signed in on it."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    return Device(found["id"], tuple(found["users"]))


def remember_device(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Set the cookie that says that this account has signed in on this device."""
    device = device_of(request) or Device(get_random_string(22))
    others = [other for other in device.user_ids if other != user_id]
    user_ids = [user_id, *others][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        signing.dumps({"id": device.id, "users": user_ids}, salt=SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
