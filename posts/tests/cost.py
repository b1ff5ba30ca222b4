"""What something costs: CPU, and memory as the system sees it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RUSAGE_THREAD, getrusage

from django.conf import settings

from posts.content.markdown import to_html

MOST_READINGS = 80
"""Of an ordinary long review: what one request or one text may cost. The hardest texts take 30."""

MOST_MEGABYTES = 100

LEAST = 0.004
"""Seconds: a tick of the system's clock, by which some count."""

THOROUGH = bool(os.environ.get("THOROUGH"))

_PARAGRAPH = "She is *wrong*, delightfully so, and we are told it in her own words. " * 9
ORDINARY = (f"{_PARAGRAPH} ||He proposes.||\n\n> {_PARAGRAPH}\n\n" * 20)[:20_000]


def readings_for(work: Callable[[], object]) -> float:
    """Return how much CPU this takes, in readings of an ordinary long review.

    That is read before each of three turns, so that a slow or busy machine makes both dear. What
    counts is the CPU of this thread, in the turn in which it was least.
    """
    least = float("inf")
    for _ in range(3):
        reading = min(cpu_seconds_of(lambda: to_html.__wrapped__(ORDINARY)) for _ in range(3))
        least = min(least, cpu_seconds_of(work) / max(reading, LEAST))
        if least < MOST_READINGS:
            break
    return least


def cpu_seconds_of(work: Callable[[], object]) -> float:
    """Return the CPU that one run takes of this thread, in seconds.

    Only its own: how long the system takes for a page of memory differs tenfold between machines.
    """
    with untraced():
        began = getrusage(RUSAGE_THREAD).ru_utime
        work()
        return getrusage(RUSAGE_THREAD).ru_utime - began


@contextmanager
def untraced() -> Iterator[None]:
    """Run what is inside without coverage or a debugger, which take more CPU than the work."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def megabytes_for(preparation: str, work: str) -> float:
    """Return by how much two pieces of Python make a process grow beyond what the first one does.

    In a process of its own, at its peak: tracemalloc does not see what libraries in C take.
    """
    program = f"""
import django
django.setup()
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
{preparation}
open("/proc/self/clear_refs", "w").write("5")
before = peak()
{work}
print((peak() - before) / 1024)
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bookshelf.settings"}
    done = subprocess.run(
        [sys.executable, "-"],
        input=program,
        cwd=Path(settings.BASE_DIR),
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
