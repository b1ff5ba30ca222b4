"""Faults 2 and 3: a process is gone, or hangs."""

import json
import os
import signal

import pytest
from lxml import html

from e2e.faults.fault import lasting, within
from e2e.faults.followers import FIRST_DELAY, MOST_DELAY, fetch


def test_followers_wait_as_the_page_tells_htmx_to(site):
    _, text = site.loop.run(fetch(site.pick(), "/"))
    config = json.loads(html.fromstring(text).xpath("//meta[@name='htmx-config']/@content")[0])[
        "ws"
    ]

    # Up to twice as long: over how much time the readers of a process that ended come back.
    assert config["reconnectJitter"] == 1
    assert config["reconnectDelay"] == FIRST_DELAY * 1000
    assert config["reconnectMaxDelay"] == MOST_DELAY * 1000


@pytest.mark.parametrize(("name", "end"), [("-9", signal.SIGKILL), ("SIGTERM", signal.SIGTERM)])
def test_a_process_ends_with_five_hundred_readers_on_it(site, fault, name, end):
    site.mend()
    first, second = site.servers
    site.upstream = [first]
    with fault(f"2. A process ended by {name}", readers=500, mended=False) as run:
        run.goes_on(1)
        site.upstream = [second]
        run.is_over()
        os.kill(first.pid, end)
        # On SIGTERM a process sends its readers away over five seconds (updater/shutdown.py).
        run.goes_on(lasting(3 if end == signal.SIGKILL else 7, 12))

    first.stop()
    assert all(each.losses >= 1 for each in run.followers)
    returns = sorted(each.returned[0] for each in run.followers)
    print(
        f"{name}: back {returns[0] - run.ended_at:.1f} to {returns[-1] - run.ended_at:.1f} s later"
    )
    assert run.verdict.slowest < within(10)


def test_a_process_is_frozen(site, fault):
    site.mend()
    first, second = site.servers
    with fault("3. A process frozen, then continued", mended=False) as run:
        run.goes_on(1)
        site.upstream = [second]
        first.freeze()
        run.goes_on(lasting(5, 60))
        first.thaw()
        run.is_over()
        site.upstream = [first, second]
        run.goes_on(1)

    assert run.verdict.slowest < within(10)
