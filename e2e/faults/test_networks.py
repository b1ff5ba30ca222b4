"""Fault 13: a network that blocks WebSockets."""

from e2e.faults.balancer import Balancer
from e2e.faults.fault import lasting, within

LATE = 15.0
"""Seconds that a page may be behind that has to poll."""


def test_a_network_without_websockets_has_live_pages_too(site, fault):
    office = Balancer(site.pick, upgrades=False)
    site.loop.run(office.start())
    try:
        with fault("13. WebSockets blocked", through=office, live=False) as run:
            run.goes_on(lasting(11, 40))
    finally:
        site.loop.run(office.stop())

    assert office.refused > len(run.followers)
    assert all(each.frames == 0 and each.resets == 0 for each in run.followers)
    assert run.verdict.slowest < within(LATE)
