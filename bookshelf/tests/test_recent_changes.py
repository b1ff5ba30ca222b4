"""The end of the log is read once, and says what has happened between two places."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bookshelf import recent_changes
from bookshelf.log import START, Change, Cursor, record
from bookshelf.recent_changes import MOST_CHANGES, after, changes_between, read_changes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch) -> None:
    monkeypatch.setattr(recent_changes, "_read", [])


def happened(*kinds: str) -> Cursor:
    """Have changes of these kinds in the log; return the place after them."""
    with transaction.atomic():
        for number, kind in enumerate(kinds):
            record(kind, post_id=number)
    return Change.objects.cursor()


def kinds(changes) -> list[str] | None:
    return None if changes is None else [change.kind for change in changes]


def test_what_came_after_a_place_is_found_the_newest_first():
    before = happened("a")
    now = happened("b", "c")

    assert kinds(after(before, read_changes(before, now))) == ["c", "b"]
    assert kinds(after(now, read_changes(before, now))) == []


def test_it_is_read_once():
    first = happened("a")
    second = happened("b")
    now = happened("c")
    read_changes(first, now)

    with CaptureQueriesContext(connection) as queries:
        assert kinds(changes_between(second, now)) == ["c"]
        assert kinds(after(second, read_changes(second, now))) == ["c"]
        assert kinds(changes_between(first, now)) == ["c", "b"]

    assert len(queries) == 0


def test_what_was_read_says_nothing_of_other_places():
    first = happened("a")
    second = happened("b")
    read_changes(second, second)

    assert changes_between(first, second) is None
    later = happened("c")
    assert changes_between(second, later) is None
    assert kinds(after(first, read_changes(first, later))) == ["c", "b"]


def test_who_has_read_less_of_the_log_is_told_what_came_later():
    first = happened("a")
    read_changes(first, first)
    later = happened("b")

    assert kinds(after(later, read_changes(later, first))) == []


def test_a_place_of_another_log_is_not_among_them():
    now = happened("a", "b")
    elsewhere = Cursor("another", now.seq - 1)

    assert after(elsewhere, read_changes(elsewhere, now)) is None
    assert changes_between(elsewhere, now) is None
    assert changes_between(now, Cursor("another", now.seq)) is None


def test_no_further_back_than_the_bound():
    first = happened("a")
    now = happened(*["b"] * MOST_CHANGES)

    assert after(first, read_changes(first, now)) is None
    assert len(read_changes(first, now)) == MOST_CHANGES


def test_an_empty_log_says_nothing():
    assert after(START, read_changes(START, START)) is None
    assert changes_between(START, START) is None
