"""A page hears what the time is: when it connects, and before it shows something new after long."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bookshelf.live_objects import Topics
from bookshelf.log import Change
from posts.factories import published
from updater.catch_up_cache import CatchUpCache
from updater.frames import greeting
from updater.log_reader import SET_CLOCKS_EVERY, LogReader, ReadResult

LIST: Topics = frozenset({"posts", "cards"})
NOON = datetime(2026, 11, 9, 12, 0, 30, tzinfo=UTC)
SET = re.compile(r'<hx-upsert hx-target="#clock"[^>]*><i id="clock-(\d+)"')


@pytest.fixture
def passes(monkeypatch):
    """Have it be some minutes after noon."""

    def pass_(minutes: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(minutes=minutes))

    pass_(0)
    return pass_


def clock_in(frames):
    """Return the minute to which frames set the clock of a page, or None."""
    found = [int(each) for frame in frames for each in SET.findall(frame.text)]
    assert len(found) < 2
    return found[0] if found else None


def test_who_connects_hears_what_the_time_is(passes):
    first = int(SET.search(greeting())[1])
    passes(7)

    assert int(SET.search(greeting())[1]) == first + 7


@pytest.mark.django_db
def test_who_has_missed_something_hears_it_as_well(passes):
    cursor = Change.objects.cursor()
    published(title="Emma")

    frames = LogReader(greeting).read((), [(LIST, cursor)]).catch_ups[LIST, cursor]

    assert clock_in(frames)


def test_an_answer_is_kept_for_no_longer_than_its_minute(passes):
    cache, cursor = CatchUpCache(), Change(word="w", seq=1).cursor
    cache.keep(ReadResult(cursor))
    first = clock_in(cache.response(LIST, cursor))
    assert clock_in(cache.response(LIST, cursor)) == first

    passes(1)

    assert clock_in(cache.response(LIST, cursor)) == first + 1


def test_answers_that_were_read_are_dropped_when_another_minute_begins(passes):
    cache, old, new = CatchUpCache(), Change(word="v", seq=1).cursor, Change(word="w", seq=2).cursor
    cache.keep(ReadResult(new, catch_ups={(LIST, old): []}))
    assert cache.response(LIST, old) == []

    passes(1)

    with pytest.raises(KeyError):
        cache.response(LIST, old)


@pytest.mark.django_db
def test_a_page_that_is_open_for_long_hears_it_with_what_is_new_and_not_each_time(passes):
    reader = LogReader()
    reader.read([LIST])

    def frames_of_a_post():
        published(title="Emma")
        return reader.read([LIST]).live[LIST]

    first = clock_in(frames_of_a_post())
    passes(SET_CLOCKS_EVERY - 1)
    assert clock_in(frames_of_a_post()) is None
    passes(SET_CLOCKS_EVERY)
    assert clock_in(frames_of_a_post()) == first + SET_CLOCKS_EVERY


@pytest.mark.django_db
def test_what_nobody_is_subscribed_to_is_forgotten(passes):
    reader = LogReader()
    reader.read([LIST])
    published(title="Emma")
    reader.read([LIST])
    assert LIST in reader._clocks_set
    published(title="Persuasion")

    reader.read([])

    assert reader._clocks_set == {}
