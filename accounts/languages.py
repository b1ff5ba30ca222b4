"""Languages and time zones of people, and times as words in these: for mails and sentences."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from allauth.core import context
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookshelf.locales import GetResponse, is_for_everybody
from bookshelf.templatetags.times import DAY, words

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

REGIONS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
}  # fmt: skip
"""The other names of the database are old ones of the same zones."""


@contextmanager
def in_language_of(user: User) -> Iterator[None]:
    """Have what is rendered within in the language and the time zone that this user has chosen.

    Who has chosen no language gets that of the request, if it is theirs or a guest's: guests have
    mails sent to themselves. Otherwise, as in a command, it is the site's.
    """
    language = _language_chosen_by(user) or _language_asked_in(user)
    with translation.override(language), timezone.override(_zone_chosen_by(user)):
        yield


class AccountLocaleMiddleware:
    """Have pages in the language and the time zone of the account, where these are chosen.

    Until the end of the request, by bookshelf.locales.LocaleMiddleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Guests without a session are not looked up: their pages may be kept for everybody.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_for_everybody(request):
            # The view asks for the user again, and what it then raises is answered with a page.
            with suppress(OperationalError, InterfaceError):
                if request.user.is_authenticated:
                    activate_for(request.user)
        return self.get_response(request)


def activate_for(user: User) -> None:
    """Have the rest of this request in what the user has chosen."""
    if language := _language_chosen_by(user):
        translation.activate(language)
    if zone := _zone_chosen_by(user):
        timezone.activate(zone)


def language_choices() -> list["tuple[str, StrPromise | str]"]:
    """Return what to choose from in a form: the languages of the site, or the browser's."""
    return [("", _("As my browser asks")), *settings.LANGUAGES]


def time_zone_choices() -> list["tuple[StrPromise | str, Any]"]:
    """Return what to choose from in a form: the zones of the IANA database, by region."""
    site = format_lazy("{} ({})", _("The site’s"), settings.TIME_ZONE)
    return [("", site), ("UTC", "UTC"), *_zones_by_region().items()]


@cache
def _zones_by_region() -> dict[str, list[tuple[str, str]]]:
    # It opens some 600 files.
    regions = defaultdict(list)
    for zone in sorted(available_timezones()):
        region, _slash, place = zone.partition("/")
        if region in REGIONS and place:
            regions[region].append((zone, place.replace("_", " ").replace("/", ", ")))
    return dict(regions)


def _zone_chosen_by(user: User) -> ZoneInfo | None:
    """Return the zone; none where this machine does not know it."""
    try:
        return ZoneInfo(user.time_zone) if user.time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _language_chosen_by(user: User) -> str:
    """Return the code of a language that the site still has, or nothing."""
    return user.language if user.language in dict(settings.LANGUAGES) else ""


def _language_asked_in(user: User) -> str:
    request = context.request
    if request is None or request.user.pk not in (None, user.pk):
        return str(settings.LANGUAGE_CODE)
    return translation.get_language() or str(settings.LANGUAGE_CODE)


def moment(at: datetime) -> str:
    """Return "9 November 2026, 10:05 UTC", in the present language and time zone."""
    return words(timezone.localtime(at))


def day(at: datetime) -> str:
    """Return "9 November 2026", in the present language and time zone."""
    return words(timezone.localtime(at), DAY)
