"""The style sheet of the clock: bookshelf/clock.py says what for."""

import sys
from collections.abc import Iterator
from typing import NamedTuple

from bookshelf.clock import BASE, PLACES

STEPS = [*range(1, 91), *range(105, 361, 15), *range(390, 1441, 30), *range(1620, 10261, 180)]
"""Minutes after which the clock moves on. With what arrives it is set again if that is half an hour
ago (updater/log_reader.py), so the longer ago it is, the older is all that the clock is for."""

NAMES = {1: "u", 0: "v"}
"""Two sets of keyframes: another animation begins from its start, the same would go on."""


class Words(NamedTuple):
    """How a language says how old something is. Pairs are for one of a unit, and for several."""

    now: str
    minutes: tuple[str, str]
    hours: tuple[str, str]
    days: tuple[str, str]


AGES = {
    "en": Words(
        "just now",
        ("%d minute ago", "%d minutes ago"),
        ("%d hour ago", "%d hours ago"),
        ("%d day ago", "%d days ago"),
    ),
    "de": Words(
        "gerade eben",
        ("vor %d Minute", "vor %d Minuten"),
        ("vor %d Stunde", "vor %d Stunden"),
        ("vor %d Tag", "vor %d Tagen"),
    ),
    "es": Words(
        "ahora mismo",
        ("hace %d minuto", "hace %d minutos"),
        ("hace %d hora", "hace %d horas"),
        ("hace %d día", "hace %d días"),
    ),
}
"""By language. Not in bookshelf/locale: the style sheet is written before the site starts."""

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

%(ages)s

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
        "styles": "\n".join(counter_styles()),
        "ages": "\n".join(ages()),
        "now": " + ".join(f"{power} * var(--now-{place}, 0)" for place, power in powers),
        "at": " + ".join(f"{power} * var(--{place})" for place, power in powers),
        "first": wrapped([f"{NAMES[1]}{step} 0s both" for step in STEPS]),
        "second": wrapped([f"{NAMES[0]}{step}" for step in STEPS]),
        "delays": wrapped([f"{step * 60}s" for step in STEPS]),
        "digits": "\n".join(digits()),
        "keyframes": "\n".join(wrapped(keyframes(), " ").split("\n      ")),
    }


def counter_styles() -> Iterator[str]:
    for code, words in AGES.items():
        minutes = [words.now, *ago(words.minutes, 60)]
        yield counter_style(f"minutes-{code}", 0, minutes)
        yield counter_style(f"hours-{code}", 1, ago(words.hours, 24))
        yield counter_style(f"days-{code}", 1, ago(words.days, 7))


def counter_style(name: str, first: int, words: list[str]) -> str:
    return (
        f"@counter-style {name} {{ system: fixed {first}; fallback: silent; "
        f"symbols: {symbols(words)}; }}"
    )


def ages() -> Iterator[str]:
    """Yield what an age says, in the language of the page."""
    for code in AGES:
        counters = " ".join(
            f"counter({unit}, {unit}-{code})" for unit in ("minutes", "hours", "days")
        )
        yield f'    :root:lang({code}) .age::before {{ content: {counters} / ""; }}'


def ago(unit: tuple[str, str], end: int) -> list[str]:
    """Return the words for 1 and more of a unit, up to `end`, which is a larger unit."""
    return [unit[number > 1] % number for number in range(1, end)]


def symbols(words: list[str]) -> str:
    return wrapped([f'"{word}"' for word in words], " ")


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
    sys.stdout.write(style_sheet())
