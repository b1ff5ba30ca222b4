"""Languages and time zones of people, and times as words in these: for mails and sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.core import context
from django.conf import settings
from django.utils import timezone, translation
from django.utils.dateformat import format as date_format
from django.utils.translation import pgettext

from accounts.models import User


@contextmanager
def in_language_of(user: User) -> Iterator[None]:
    """Have what is rendered within in the language and the time zone that this user has chosen.

    Who has chosen no language gets that of the request, if it is theirs or a guest's: guests have
    mails sent to themselves. Otherwise, as in a command, it is the site's.
    """
    chosen = getattr(user, "language", "")
    language = chosen if chosen in dict(settings.LANGUAGES) else _language_asked_in(user)
    zone = getattr(user, "time_zone", "") or None
    with translation.override(language), timezone.override(zone):
        yield


def _language_asked_in(user: User) -> str:
    request = context.request
    if request is None or request.user.pk not in (None, user.pk):
        return settings.LANGUAGE_CODE
    return translation.get_language() or settings.LANGUAGE_CODE


def moment(at: datetime) -> str:
    """Return "9 November 2026, 10:05 UTC", in the present language and time zone."""
    return date_format(timezone.localtime(at), pgettext("date format", "j F Y, H:i T"))


def day(at: datetime) -> str:
    """Return "9 November 2026", in the present language and time zone."""
    return date_format(timezone.localtime(at), pgettext("date format", "j F Y"))
