"""Fault 11: misbehaving clients. Only they are disconnected; the readers notice nothing."""

import asyncio
import resource
import time

import pytest

from e2e.faults.fault import THOROUGH
from e2e.faults.loop import LoopThread
from e2e.faults.offender import dawdle, knock, offend_in_every_way
from e2e.faults.servers import SERVERS, server_of

CONNECTS = 10_000 if THOROUGH else 2_000
READERS = 30


@pytest.fixture
def elsewhere():
    """An event loop that the readers do not share."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 3 * CONNECTS), most))
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_only_the_offender_goes(site, fault, elsewhere, kind):
    server = server_of(site, kind)
    with site.served_by(server):
        with fault(f"11. Offenders ({kind})", browser=None, readers=READERS) as run:
            slow = asyncio.run_coroutine_threadsafe(dawdle(server.port, 50, 5), elsewhere.loop)
            borne = elsewhere.run(offend_in_every_way(server.port))
            began = time.monotonic()
            accepted = elsewhere.run(knock(server.port, CONNECTS))
            took = time.monotonic() - began
            slow.result(30)
            losses = run.losses

        assert borne == set()
        assert losses == 0
        assert set(run.authors.statuses) == {302}
        assert accepted == CONNECTS
        print(f"{kind}: {CONNECTS} connects in {took:.1f} s, {accepted} accepted")
    assert "Traceback" not in server.text
    # One line for each kind of offence, not one for each offender.
    assert server.text.count("socket refused") < 20
