"""Times on pages: each is a <time> with the whole of it in `datetime` and `title`, in UTC."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookshelf.clock import digits_of, minute_after, minute_now

register = template.Library()

MOMENT, DAY, MONTH, TIME = "moment", "day", "month", "time"


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """Render when something was: for a week its age, which stays true, and then the time itself.

    The age is the style sheet's (bookshelf/clock.py). What is in here is the same for everybody,
    whenever it is rendered: the time, for what is printed, copied or read aloud.
    """
    return format_html(
        '<time class="age {}" datetime="{}" title="{}"><span>{}</span></time>',
        digits_of(minute_after(at)),
        machine(at),
        words(at),
        words(at),
    )


@register.simple_tag
def at(at: datetime, form: str = MOMENT) -> SafeString:
    """Render a time as it is: `{% at action.until %}`, or its "day", "month" or "time"."""
    # A month says no more than that: when exactly somebody joined is nobody's business.
    whole = (
        (f"{at.astimezone(UTC):%Y-%m}", words(at, MONTH))
        if form == MONTH
        else (machine(at), words(at))
    )
    return format_html('<time datetime="{}" title="{}">{}</time>', *whole, words(at, form))


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


def words(at: datetime, form: str = MOMENT) -> str:
    """Return "9 November 2026, 10:05 UTC", or that part of it."""
    utc = at.astimezone(UTC)
    if form == MONTH:
        return f"{utc:%B %Y}"
    if form == TIME:
        return f"{utc:%H:%M} UTC"
    day = f"{utc.day} {utc:%B %Y}"
    return day if form == DAY else f"{day}, {utc:%H:%M} UTC"
