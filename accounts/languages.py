"""Languages and time zones of people, and times as words in these: for mails and sentences."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

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
    with translation.override(language), timezone.override(user.time_zone or None):
        yield


class AccountLocaleMiddleware:
    """Have pages in the language and the time zone of the account, where these are chosen.

    Until the end of the request, by bookshelf.locales.LocaleMiddleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        # Guests without a session are not looked up: their pages may be kept for everybody.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        if is_for_everybody(request):
            return
        try:
            if not request.user.is_authenticated:
                return
        except (OperationalError, InterfaceError):
            # The view asks for the user again, and what it then raises is answered with a page.
            return
        if language := _language_chosen_by(request.user):
            translation.activate(language)
        if request.user.time_zone:
            timezone.activate(request.user.time_zone)


def language_choices() -> list["tuple[str, StrPromise | str]"]:
    """Return what to choose from in a form: the languages of the site, or the browser's."""
    return [("", _("As my browser asks")), *settings.LANGUAGES]


def time_zone_choices() -> list["tuple[StrPromise | str, Any]"]:
    """Return what to choose from in a form: the zones of the IANA database, by region."""
    regions = defaultdict(list)
    for zone in sorted(available_timezones()):
        region, _slash, place = zone.partition("/")
        if region in REGIONS and place:
            regions[region].append((zone, place.replace("_", " ").replace("/", ", ")))
    site = format_lazy("{} ({})", _("The site’s"), settings.TIME_ZONE)
    return [("", site), ("UTC", "UTC"), *regions.items()]


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
