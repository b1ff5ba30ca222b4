"""Faults 4 and 6: the database goes away, hangs, and commits late."""

from e2e.faults.fault import lasting, within
from e2e.faults.site import health

WORDS = "We cannot reach our books just now"


def test_postgresql_is_restarted_under_load(site, fault):
    with fault("4. PostgreSQL restarted under load") as run:
        run.goes_on(1)
        site.postgres.stop()
        run.goes_on(lasting(2, 10))
        site.postgres.start()
        run.is_over()
        run.goes_on(2)

    assert set(run.authors.statuses) <= {302, 503}
    assert all(WORDS in answer.body and answer.retry_after for answer in run.authors.refusals)
    assert run.losses == 0
    assert run.verdict.slowest < within(5)


def test_postgresql_is_frozen_under_load(site, fault):
    with fault("4. PostgreSQL frozen under load") as run:
        run.goes_on(1)
        site.postgres.freeze()
        run.goes_on(lasting(7, 20))
        healths = [health(server)[0] for server in site.servers]
        pongs = run.pongs(within=1)
        site.postgres.thaw()
        run.is_over()
        run.goes_on(2)

    assert healths == [503, 503]
    assert pongs == len(run.crowd)
    assert run.losses == 0
    assert set(run.authors.statuses) == {302, 503}
    assert all(WORDS in answer.body and answer.retry_after for answer in run.authors.refusals)
    assert run.authors.slowest < within(15)
    assert run.verdict.slowest < within(5)
