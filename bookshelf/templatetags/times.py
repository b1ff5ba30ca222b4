"""Times on pages: each is a <time> with the whole of it in `datetime` and `title`."""

from datetime import UTC, datetime

from django import template
from django.utils.dateformat import format as date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import pgettext

from bookshelf.clock import digits_of, minute_after, minute_now
from bookshelf.templatetags.languages import in_all_languages

register = template.Library()

MOMENT, DAY, MONTH, TIME = "moment", "day", "month", "time"


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """Render when something was: for a week its age, which stays true, and then the time itself.

    The age is the style sheet's (bookshelf/clock.py). What is in here is the same for everybody,
    whenever it is rendered: the time in the site's zone, for what is printed, copied or read aloud.
    """
    local = at.astimezone(get_default_timezone())
    return format_html(
        '<time class="age {}" datetime="{}" title="{}"><span>{}</span></time>',
        digits_of(minute_after(at)),
        machine(at),
        # In no language: an attribute can be in one alone.
        f"{local:%Y-%m-%d, %H:%M} {zone_of(local)}",
        in_all_languages(lambda: escape(words(local))),
    )


@register.simple_tag
def at(at: datetime, form: str = MOMENT) -> SafeString:
    """Render a time as it is: `{% at action.until %}`, or its "day", "month" or "time".

    In the zone and the language of the reader, or the site's.
    """
    local = localtime(at)
    # A month says no more than that: when exactly somebody joined is nobody's business.
    title = words(local, MONTH if form == MONTH else MOMENT)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', machine(at, form), title, words(local, form)
    )


@register.simple_tag
def clock() -> SafeString:
    """Render what the time is, for #clock of the page, or of one that is open."""
    minute = minute_now()
    return format_html(
        '<i id="clock-{}" data-id="{}" class="{}"></i>', minute, minute, digits_of(minute)
    )


def machine(at: datetime, form: str = MOMENT) -> str:
    """Return a time as `datetime` has it, in UTC; or its month alone."""
    if form == MONTH:
        return f"{at.astimezone(UTC):%Y-%m}"
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def words(local: datetime, form: str = MOMENT) -> str:
    """Return "9 November 2026, 10:05 UTC", or that part of it, in the active language."""
    if form == MONTH:
        return date_format(local, pgettext("date format of Django", "F Y"))
    time = f"{local:%H:%M} {zone_of(local)}"
    if form == TIME:
        return time
    day = date_format(local, pgettext("date format of Django", "j F Y"))
    return day if form == DAY else f"{day}, {time}"


def zone_of(local: datetime) -> str:
    """Return what a zone is called at a time: "UTC", "CET", or "GMT+3" where it has no letters."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    hours = f"{local:%z}"
    return f"GMT{hours[:3]}:{hours[3:5]}"
