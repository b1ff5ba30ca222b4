"""How requests are counted: exactly, or cheaply; by all processes together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import rate_counters
from accounts.rate_counters import (
    Buckets,
    Rate,
    Share,
    count_request,
    parse_rates,
    pour,
    seconds_to_wait,
)
from bookshelf.models import RequestHistory

FEW = parse_rates("2 per minute")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_only_so_many_get_through():
    def count(_: int) -> float:
        try:
            return count_request(parse_rates("5 per hour"), "like", "7")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        waits = list(threads.map(count, range(16)))

    assert waits.count(0) == 5
    assert len(RequestHistory.objects.get().times) == 5


def test_what_is_over_is_deleted(db):
    for number in range(20):
        count_request(FEW, "guest", f"192.0.2.{number}")
    RequestHistory.objects.update(expires=timezone.now() - timedelta(seconds=1))

    count_request(FEW, "guest", "198.51.100.1")

    assert RequestHistory.objects.count() == 1


def test_a_machine_whose_clock_is_ahead_takes_nobody_long(db):
    count_request(FEW, "like", "7")
    row = RequestHistory.objects.get()
    RequestHistory.objects.update(times=[at + 3600 for at in row.times * 2])

    assert 0 < count_request(FEW, "like", "7") <= 60


def test_a_rate_that_makes_no_sense_is_an_error():
    assert parse_rates("10 per minute; 60 per hour") == [Rate(10, 60), Rate(60, 3600)]
    with pytest.raises(ValueError, match="few per minute"):
        parse_rates("few per minute")


@given(
    gaps=st.lists(st.floats(0, 90), max_size=40),
    rates=st.lists(
        st.builds(Rate, st.integers(1, 6), st.sampled_from([1, 60, 200])), min_size=1, max_size=3
    ),
)
def test_no_window_holds_more_than_its_rate_and_waiting_is_enough(gaps, rates):
    now, times = 1_000_000.0, []
    for gap in gaps:
        now += gap
        wait = seconds_to_wait(times, rates, now)
        if wait:
            assert wait <= max(rate.seconds for rate in rates)
            assert seconds_to_wait(times, rates, now + wait + 0.001) == 0
        else:
            times.append(now)

    for rate in rates:
        for end in times:
            assert sum(end - rate.seconds < at <= end for at in times) <= rate.amount


@given(
    gaps=st.lists(st.floats(0, 90), max_size=60),
    shares=st.lists(
        st.builds(Share, st.floats(1, 6), st.sampled_from([1, 60, 200])), min_size=1, max_size=3
    ),
)
def test_a_bucket_takes_its_size_at_once_and_as_much_in_each_period(gaps, shares):
    now, times, levels = 1_000_000.0, [], [0.0] * len(shares)
    for gap in gaps:
        now += gap
        levels, wait = pour(levels, shares, gap)
        if wait:
            assert wait <= max(share.seconds for share in shares) + 0.001
            assert pour(levels, shares, wait)[1] == 0
        else:
            times.append(now)

    for share in shares:
        for end in times:
            taken = sum(end - share.seconds < at <= end for at in times)
            assert taken <= 2 * share.size + 0.01


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("processes", [1, 2, 4, 50])
def test_all_processes_together_let_through_what_the_rate_says(db, processes):
    everywhere = [Buckets(Clock()) for _ in range(processes)]

    answers = [
        buckets.count([Rate(40, 3600)], "search@192.0.2.7", processes)
        for buckets in everywhere * 45
    ]

    # A share of less than a request is none: the other half is there for all.
    assert answers.count(0) == (40 if processes < 50 else 20)


def test_half_of_it_is_there_for_a_client_whom_one_process_serves(db):
    clock = Clock()
    buckets = Buckets(clock)

    assert [buckets.count([Rate(8, 60)], "feed@x", 4) for _ in range(6)][:5] == [0.0] * 5
    clock.now = 61
    assert [buckets.count([Rate(8, 60)], "feed@x", 4) for _ in range(1)] == [0.0]


def test_a_process_remembers_no_more_than_so_many(db):
    buckets = Buckets()
    for number in range(rate_counters.MOST_KEYS + 50):
        buckets.count([Rate(40, 60)], f"search@{number}")

    assert len(buckets._levels) == rate_counters.MOST_KEYS
