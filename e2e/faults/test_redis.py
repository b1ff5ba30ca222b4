"""Faults 1 and 5: the doorbell is gone, or rings wrongly. The log is the truth all the same."""

from e2e.faults.fault import lasting


def test_redis_is_killed_under_load(site, fault):
    with fault("1. Redis killed under load, then back") as run:
        run.goes_on(1)
        site.redis.kill()
        run.goes_on(lasting(4, 20))
        site.redis.start()
        run.goes_on(2)

    assert set(run.authors.statuses) == {302}
    assert run.authors.slowest < 2
    assert run.verdict.slowest < 3
