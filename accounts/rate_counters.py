"""Count requests against rates, in two ways that differ in what they cost.

`count_request` is exact: no period holds more requests than its rate says, in all processes
together. It writes a row for each request that is let through.

`Buckets` write nothing until half of a rate is used up. That half is divided among the processes,
and each counts its share in memory. The other half is counted in the database, for all of them.
So all processes together never let more through than the rate says at once, and as much again in
each of its periods (a leaky bucket: https://en.wikipedia.org/wiki/Leaky_bucket).
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from bookshelf.models import RequestHistory

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

MOST_KEYS = 10_000
"""How many buckets a process keeps. Beyond that it drops those that were used longest ago."""


class Rate(NamedTuple):
    """At most `amount` requests in any `seconds`."""

    amount: int
    seconds: int


def parse_rates(text: str) -> list[Rate]:
    """Read rates such as "10 per minute; 60 per hour". Raises ValueError."""
    rates = []
    for part in text.split(";"):
        found = re.fullmatch(r"\s*(\d+) per (second|minute|hour|day)\s*", part)
        if found is None:
            raise ValueError(f"{part!r} is no rate")
        rates.append(Rate(int(found[1]), SECONDS[found[2]]))
    return rates


# --- Exact ---------------------------------------------------------------------------------------


def seconds_to_wait(times: list[float], rates: list[Rate], now: float) -> float:
    """Return the seconds until one more request is allowed; 0 means now.

    `times` are those of earlier requests, oldest first.
    """
    waits = [0.0]
    for rate in rates:
        recent = [at for at in times if at > now - rate.seconds]
        if len(recent) >= rate.amount:
            waits.append(recent[-rate.amount] + rate.seconds - now)
    return max(waits)


def count_request(rates: list[Rate], kind: str, who: str) -> float:
    """Count a request and return 0, or refuse it and return the seconds to wait.

    A request that is refused does not count.
    """
    keep = max(rate.seconds for rate in rates)
    with transaction.atomic():
        # Locked: of two requests at once the second one sees the first.
        row, created = RequestHistory.objects.select_for_update().get_or_create(
            key=f"{kind}:{who}", defaults={"expires": timezone.now()}
        )
        now = time.time()
        # Another machine's clock may be ahead, and ours may have been set back.
        times = [min(at, now) for at in row.times if at > now - keep]
        wait = seconds_to_wait(times, rates, now)
        if not wait:
            times.append(now)
        if times != row.times:
            row.times, row.expires = times, datetime.fromtimestamp(now + keep, UTC)
            row.save()
    if created:
        _delete_expired()
    return wait


def _delete_expired() -> None:
    # Each row is created once and deleted once, so deleting keeps pace.
    RequestHistory.objects.filter(expires__lt=timezone.now()).delete()


# --- Cheap ---------------------------------------------------------------------------------------


class Share(NamedTuple):
    """A part of a rate: a bucket of this size, which is empty again after this many seconds."""

    size: float
    seconds: int


Levels = list[float]
"""How full each bucket was when it was last looked at."""


def pour(levels: Levels, shares: list[Share], passed: float) -> tuple[Levels, float]:
    """Add a request to buckets that have leaked for `passed` seconds.

    Return how full they are then, and 0; or, when one of them has no room, how full they are
    without it, and the seconds until there is room in all of them.
    """
    leaked = [
        max(0.0, level - passed * share.size / share.seconds)
        for level, share in zip(levels, shares, strict=True)
    ]
    waits = [
        (level + 1 - share.size) * share.seconds / share.size
        for level, share in zip(leaked, shares, strict=True)
    ]
    wait = max(waits)
    # A ten-thousandth of a request is rounding.
    return (leaked, wait) if wait > 1e-4 else ([level + 1 for level in leaked], 0.0)


class Buckets:
    """The buckets of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, Levels]] = OrderedDict()
        self._full_until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, rates: list[Rate], key: str, processes: int = 1) -> float:
        """Count a request and return 0, or refuse it and return the seconds to wait.

        `processes` is how many of them share the rates. A flood that is refused costs nothing but
        a look into this process's memory.
        """
        if self.count_here(
            [Share(rate.amount / 2 / processes, rate.seconds) for rate in rates], key
        ):
            return 0.0
        if wait := self.refusal(key):
            return wait
        wait = count_with_others([Share(rate.amount / 2, rate.seconds) for rate in rates], key)
        self.refuse(key, wait)
        return wait

    def count_here(self, shares: list[Share], key: str) -> bool:
        """Count a request in this process alone; return False when there is no room for it."""
        now = self._clock()
        if min(share.size for share in shares) < 1:
            return False
        with self._lock:
            at, levels = self._levels.pop(key, (now, [0.0] * len(shares)))
            levels, wait = pour(levels, shares, now - at)
            _put(self._levels, key, (now, levels))
        return not wait

    def refusal(self, key: str) -> float:
        """Return for how many seconds it is already known that there is no room; 0 for none."""
        return max(0.0, self._full_until.get(key, 0.0) - self._clock())

    def refuse(self, key: str, seconds: float) -> None:
        """Remember that there is no room for so long."""
        with self._lock:
            if seconds:
                _put(self._full_until, key, self._clock() + seconds)

    def clear(self) -> None:
        """Forget everything."""
        self._levels.clear()
        self._full_until.clear()


def _put(kept: OrderedDict, key: str, value: object) -> None:  # type: ignore[type-arg]  # of either
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > MOST_KEYS:
        kept.popitem(last=False)


def count_with_others(shares: list[Share], key: str) -> float:
    """Count a request in the buckets that all processes share, as `Buckets.count` does."""
    with transaction.atomic():
        row, created = RequestHistory.objects.select_for_update().get_or_create(
            key=f"bucket:{key}", defaults={"expires": timezone.now()}
        )
        now = time.time()
        at, *levels = (
            row.times if len(row.times) == len(shares) + 1 else (now, *[0.0] * len(shares))
        )
        levels, wait = pour(levels, shares, max(0.0, now - at))
        if not wait:
            row.times = [now, *levels]
            row.expires = datetime.fromtimestamp(now + max(each.seconds for each in shares), UTC)
            row.save()
    if created:
        _delete_expired()
    return wait


BUCKETS = Buckets()
"""Those of this process."""
