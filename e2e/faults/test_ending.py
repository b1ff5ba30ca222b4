"""A process ends on SIGTERM: its readers come back over some seconds, nobody is cut off."""

import http.client
import json
import signal
import threading
import time

import pytest

from e2e.faults.fault import THOROUGH, within
from e2e.faults.servers import SERVERS, server_of
from e2e.faults.site import health, wait_for

READERS = 500 if THOROUGH else 200


def shares(moments: list[float], width: float) -> float:
    """The largest part of these moments that falls into so many seconds."""
    moments = sorted(moments)
    most = max(sum(1 for at in moments if 0 <= at - start < width) for start in moments)
    return most / len(moments)


@pytest.mark.parametrize("kind", SERVERS)
def test_its_readers_return_one_by_one(site, fault, kind):
    leaving, staying = server_of(site, kind), server_of(site, kind)
    with site.served_by(leaving):
        name = f"2. SIGTERM to {kind}, announced"
        with fault(name, browser=None, readers=READERS, rate=4) as run:
            staying.start()
            site.upstream.append(staying)
            run.goes_on(0.5)
            told = time.time()
            leaving._started.send_signal(signal.SIGTERM)
            wait_for(lambda: health(leaving)[1].get("status") == "stopping", within=2, what="503")
            assert health(leaving)[0] == 503
            # As a balancer that has seen it in a health check.
            site.upstream.remove(leaving)
            took = wait_for(lambda: not leaving.is_running, within=30, what="the process ends")
            run.is_over()
            run.every_reader_is_live()
        # The authors' requests have all been answered, too.
        assert set(run.authors.statuses) == {302}
        back = [min(each.returned) - told for each in run.crowd.followers]
        staying.close()

    log = leaving.text
    print(
        f"{kind}: {READERS} readers were back after {min(back):.1f} to {max(back):.1f} s, at most"
        f" {shares(back, 1):.0%} of them in the same second; it ended after {took:.1f} s"
    )
    assert f"stopping readers={READERS}" in log
    assert "requests_cut_off=0" in log
    assert "Traceback" not in log
    assert max(back) < within(10)
    # In one wave, all of them would come within the second that their pages wait at most.
    assert shares(back, 1) < 0.8
    assert took < within(8)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_request_that_is_running_is_answered(site, kind):
    site.mend()
    author = site.writers(1).everyone[0]
    server = server_of(site, kind)
    try:
        server.start()
        author.client._pick = lambda: server.port
        # Somebody else writes, so that the author's change has to wait its turn.
        with site.postgres.connect("bookshelf") as other, other.transaction():
            other.execute("LOCK TABLE bookshelf_changecounter IN EXCLUSIVE MODE")
            writing = threading.Thread(target=author.post)
            writing.start()
            wait_for(lambda: waits(site), within=5, what="the request runs")
            server._started.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert server.is_running
        writing.join(10)
        wait_for(lambda: not server.is_running, within=15, what="the process ends")
    finally:
        author.client._pick = site.pick
        server.close()

    assert dict(author.statuses) == {302: 1}
    assert "requests_cut_off=0" in server.text


def waits(site) -> bool:
    with site.postgres.connect() as connection:
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            ).fetchone()
        )


@pytest.mark.parametrize("kind", SERVERS)
def test_without_readers_it_ends_at_once(site, kind):
    site.mend()
    server = server_of(site, kind)
    server.start()
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    kept.request("GET", "/")
    kept.getresponse().read()
    began = time.monotonic()
    server.stop()

    assert time.monotonic() - began < within(3)
    kept.close()


def test_health_is_true_in_each_state(site):
    """The database gone or frozen, the layer gone: reported in two seconds, until it is back."""
    site.mend()
    server = site.servers[0]

    def says(code: int, **expected: str) -> bool:
        began = time.monotonic()
        answered, report = health(server)
        assert time.monotonic() - began < within(2.5), json.dumps(report)
        return answered == code and expected.items() <= report.items()

    def soon_says(code: int, **expected: str) -> None:
        wait_for(lambda: says(code, **expected), within=15, what=f"{code} {expected}")

    soon_says(200, status="ok")

    site.redis.freeze()
    soon_says(200, status="degraded", channel_layer="down", database="ok")
    site.redis.thaw()
    soon_says(200, status="ok")

    site.postgres.freeze()
    soon_says(503, status="down", database="down")
    site.postgres.thaw()
    soon_says(200, status="ok")

    site.redis.kill()
    site.postgres.stop()
    soon_says(503, status="down", database="down", channel_layer="down")
    site.redis.start()
    site.postgres.start()
    soon_says(200, status="ok")
