"""Faults 1 and 5: the doorbell is gone, or rings wrongly. The log is the truth all the same."""

from e2e.faults.fault import lasting, within
from e2e.faults.site import health

LATE = 3.0
"""Seconds that readers may be late without a doorbell."""


def test_redis_is_killed_under_load(site, fault):
    with fault("1. Redis killed under load, then back") as run:
        run.goes_on(1)
        site.redis.kill()
        run.goes_on(lasting(3, 20))
        healths = [health(server) for server in site.servers]
        site.redis.start()
        run.goes_on(lasting(1.5, 5))

    assert [(status, report["status"]) for status, report in healths] == [(200, "degraded")] * 2
    assert set(run.authors.statuses) == {302}
    assert run.authors.slowest < within(2)
    assert run.verdict.slowest < within(LATE)
    assert run.losses == 0


def test_redis_is_absent_from_the_start(site, fault):
    site.redis.kill()
    with (
        site.served_by(site.new_server()),
        fault("1. Redis absent from the start", mended=False) as run,
    ):
        run.goes_on(lasting(3, 20))

    assert set(run.authors.statuses) == {302}
    assert run.authors.slowest < within(2)
    assert run.verdict.slowest < within(LATE)
    assert run.losses == 0


def test_doorbells_are_dropped_and_doubled(site, fault):
    settings = {"DJANGO_SETTINGS_MODULE": "e2e.faults.unreliable"}
    processes = [site.new_server(env=settings) for _ in range(2)]
    with (
        site.served_by(*processes),
        fault("5. One doorbell in five dropped, one doubled", mended=False, rate=15) as run,
    ):
        run.goes_on(lasting(4, 30))

    rung = "".join(process.log.read_text() for process in processes)
    assert "doorbell dropped" in rung
    assert "doorbell doubled" in rung
    assert set(run.authors.statuses) == {302}
    assert run.verdict.slowest < within(LATE)
