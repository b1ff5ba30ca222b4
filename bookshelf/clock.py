"""The clock of a page: ages ("5 minutes ago") that the style sheet works out, and keeps true.

A fragment is rendered once, kept, and sent to everybody, so it cannot say how old something is. It
says when that was: `<time>` bears the minute as classes, five digits of it (`digits_of`). What the
time is now stands once on a page, in #clock, in the same digits, and comes again whenever the
page's socket opens. The difference, and the minutes that go by, are up to `static/clock.css`, which
`python -m bookshelf.clock_css` writes. See docs/architecture.md.
"""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

BASE = 32
PLACES = "abcde"
"""The names of the digits, the lowest first."""

MOST = 2**24 - 1
"""The last minute that a style sheet counts exactly, in floats of 32 bits: it is in 2055."""


def minute_now() -> int:
    """Return the number of the minute that has begun."""
    return within((timezone.now() - EPOCH) // MINUTE)


def minute_after(at: datetime) -> int:
    """Return the number of the first minute that begins at a time or after it.

    Rounded up, while `minute_now` is rounded down: an age never says more than it is.
    """
    return within(-((EPOCH - at) // MINUTE))


def within(minute: int) -> int:
    return min(max(minute, 1), MOST)


def digits_of(minute: int) -> str:
    """Return a minute as classes: "a17 b3 c0 d30 e2"."""
    digits = []
    for place in PLACES:
        minute, digit = divmod(minute, BASE)
        digits.append(f"{place}{digit}")
    return " ".join(digits)
