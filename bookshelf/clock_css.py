"""The style sheet of the clock: bookshelf/clock.py says what for."""

import os
import sys
from collections.abc import Iterator

import django
from django.utils.translation import gettext, ngettext, override

from bookshelf.clock import BASE, PLACES
from bookshelf.plain_values import TRANSLATED

STEPS = [*range(1, 91), *range(105, 361, 15), *range(390, 1441, 30), *range(1620, 10261, 180)]
"""Minutes after which the clock moves on. With what arrives it is set again if that is half an hour
ago (updater/log_reader.py), so the longer ago it is, the older is all that the clock is for."""

NAMES = {1: "u", 0: "v"}
"""Two sets of keyframes: another animation begins from its start, the same would go on."""

TEMPLATE = """\
/* How old something is; see docs/architecture.md. Written by `python -m bookshelf.clock_css`. */

@property --elapsed { syntax: "<integer>"; inherits: true; initial-value: 0; }
@property --past { syntax: "<integer>"; inherits: true; initial-value: 1; }
@property --difference { syntax: "<integer>"; inherits: false; initial-value: 0; }
@property --minutes { syntax: "<integer>"; inherits: false; initial-value: 0; }
@property --hours { syntax: "<integer>"; inherits: false; initial-value: 0; }
@property --days { syntax: "<integer>"; inherits: false; initial-value: 0; }

/* Each says nothing outside of its range. */
@counter-style silent { system: cyclic; symbols: ""; }
%(styles)s

@layer clock {
  /* For those who read, on a screen. What is printed, copied or read aloud is the time itself.
     Engines that know this `content` know @property and @counter-style as well. */
  @media screen { @supports selector(:has(*)) and (content: "a" / "b") {
    /* Not registered: Chromium passes on a registered number with six digits. */
    #main { --now: calc(%(now)s + var(--elapsed)); }

    .age {
      --difference: calc(var(--now, 0) - (%(at)s));
      /* After a week, and on a page without a clock. */
      --past: max(min(1, var(--difference) - 10079), min(1, 1 - var(--now, 0)), 0);
      --minutes: calc(max(var(--difference), 0) + var(--past) * 10080);
      /* A number with a fraction is rounded. */
      --hours: calc(var(--minutes) / 60 - 0.499);
      --days: calc(var(--minutes) / 1440 - 0.4999);
      counter-reset: minutes var(--minutes) hours var(--hours) days var(--days);
    }

%(words)s

    .age > span { font-size: calc(var(--past) * 1em); }

    /* The minutes that go by: animations that wait, each for its minute. One that runs would have
       the browser work sixty times a second. */
    #main { animation: %(first)s; animation-delay: %(delays)s; }
    #main:has(> #clock > :nth-child(even):last-child) { animation-name: %(second)s; }
  } }

  /* The digits of a time, and those of the page's clock. */
%(digits)s
}

%(keyframes)s
"""


def style_sheet() -> str:
    """Return the text of static/clock.css."""
    powers = [(place, BASE**power) for power, place in enumerate(PLACES)]
    return TEMPLATE % {
        "styles": "\n".join(style for code in TRANSLATED for style in counter_styles(code)),
        "words": "\n".join(map(words, TRANSLATED)),
        "now": " + ".join(f"{power} * var(--now-{place}, 0)" for place, power in powers),
        "at": " + ".join(f"{power} * var(--{place})" for place, power in powers),
        "first": wrapped([f"{NAMES[1]}{step} 0s both" for step in STEPS]),
        "second": wrapped([f"{NAMES[0]}{step}" for step in STEPS]),
        "delays": wrapped([f"{step * 60}s" for step in STEPS]),
        "digits": "\n".join(digits()),
        "keyframes": "\n".join(wrapped(keyframes(), " ").split("\n      ")),
    }


def counter_styles(code: str) -> Iterator[str]:
    """Yield how minutes, hours and days are counted in a language; each ends where the next begins."""
    with override(code):
        minutes = [
            ngettext("%(number)d minute ago", "%(number)d minutes ago", number) % {"number": number}
            for number in range(1, 60)
        ]
        hours = [
            ngettext("%(number)d hour ago", "%(number)d hours ago", number) % {"number": number}
            for number in range(1, 24)
        ]
        days = [
            ngettext("%(number)d day ago", "%(number)d days ago", number) % {"number": number}
            for number in range(1, 7)
        ]
        minutes = [gettext("just now"), *minutes]
    for unit, first, said in (("minutes", 0, minutes), ("hours", 1, hours), ("days", 1, days)):
        symbols = wrapped([f'"{words}"' for words in said], " ")
        system = f"system: fixed {first}; fallback: silent; symbols: {symbols};"
        yield f"@counter-style {unit}-{code} {{ {system} }}"


def words(code: str) -> str:
    counters = " ".join(f"counter({unit}, {unit}-{code})" for unit in ("minutes", "hours", "days"))
    return f'    :root:lang({code}) .age::before {{ content: {counters} / ""; }}'


def digits() -> Iterator[str]:
    for place in PLACES:
        for digit in range(BASE):
            each = f"{place}{digit}"
            yield (
                f"  .{each}{{--{place}:{digit}}} "
                f"#main:has(>#clock>.{each}:last-child){{--now-{place}:{digit}}}"
            )


def keyframes() -> list[str]:
    return [
        f"@keyframes {name}{step}{{to{{--elapsed:{step}}}}}"
        for name in NAMES.values()
        for step in STEPS
    ]


def wrapped(parts: list[str], separator: str = ", ") -> str:
    """Join the parts in lines of some twenty."""
    lines = [separator.join(parts[start : start + 20]) for start in range(0, len(parts), 20)]
    return f"{separator.rstrip()}\n      ".join(lines)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookshelf.settings")
    django.setup()
    sys.stdout.write(style_sheet())
