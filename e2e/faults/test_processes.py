"""Faults 2 and 3: a process is gone, or hangs."""

import os
import signal

import pytest

from e2e.faults.fault import lasting, within


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
        run.goes_on(lasting(3, 10))

    # A request that was running may hold it up; the next test starts it anew.
    first.stop(within=3)
    assert all(each.losses >= 1 for each in run.followers)
    returns = sorted(each.returned[0] for each in run.followers)
    print(
        f"{name}: back {returns[0] - run.ended_at:.1f} to {returns[-1] - run.ended_at:.1f} s later"
    )
    assert returns[-1] - returns[0] > 0.5
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
