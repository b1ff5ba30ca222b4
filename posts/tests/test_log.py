"""The change log: gapless, in commit order, and aware of which history it is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.factories import UserFactory
from bookshelf.log import KEPT_FOR, START, Change, ChangeCounter, Cursor, knows, record
from posts.factories import published
from posts.log import Kind
from posts.models import Post


def seqs() -> list[int]:
    return list(Change.objects.order_by("seq").values_list("seq", flat=True))


def test_a_change_is_written_with_its_post(ana):
    post, change = published(author=ana, tags=("novel",))

    assert (change.kind, change.post_id, change.author_id) == ("post_created", post.pk, ana.pk)
    assert (change.tags_before, change.tags_after) == ([], ["novel"])
    assert Change.objects.newest() == change


def test_seq_counts_without_gaps(ana):
    post, _ = published(author=ana)
    post.revise()
    post.remove()

    assert seqs() == [1, 2, 3]


def test_a_verb_that_fails_leaves_neither_row_nor_change_nor_gap(ana):
    published(author=ana)

    with pytest.raises(RuntimeError), transaction.atomic():
        published(author=ana)
        raise RuntimeError

    published(author=ana)
    assert Post.objects.count() == 2
    assert seqs() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_not_recorded_outside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        record(Kind.POST_EDITED, post_id=1, author_id=1)


def test_the_counter_is_made_on_demand_and_goes_on_where_the_log_ends(ana):
    published(author=ana)
    published(author=ana)
    ChangeCounter.objects.all().delete()

    published(author=ana)

    assert seqs() == [1, 2, 3]


def test_every_change_bears_a_word_of_its_own(ana):
    words = {published(author=ana)[1].word for _ in range(5)}

    assert len(words) == 5


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_leave_no_gap_and_commit_in_order():
    author = UserFactory()
    committed = []

    def write() -> None:
        for _ in range(6):
            post, change = published(author=author)
            committed.append((change.seq, post.pk))
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seqs() == list(range(1, 37))
    assert sorted(seq for seq, _ in committed) == seqs()
    assert {change.post_id for change in Change.objects.all()} == {pk for _, pk in committed}


@pytest.mark.django_db(transaction=True)
def test_no_later_change_commits_while_an_earlier_one_is_held_open():
    """With a bare auto-increment a reader would see 2, stand behind it, and never see 1."""
    author = UserFactory()
    holding, release = threading.Event(), threading.Event()
    order = []

    def hold() -> None:
        with transaction.atomic():
            _, change = published(author=author)
            holding.set()
            release.wait(5)
            order.append(change.seq)
        connection.close()

    def follow() -> None:
        _, change = published(author=author)
        order.append(change.seq)
        connection.close()

    first, second = threading.Thread(target=hold), threading.Thread(target=follow)
    first.start()
    assert holding.wait(5)
    second.start()
    seen_meanwhile = seqs()
    release.set()
    first.join()
    second.join()

    assert seen_meanwhile == []
    assert order == [1, 2]


@pytest.mark.parametrize(
    "text",
    ["", "7", "word", "word.", ".7", "w.7.7", "Wörd.7", "word.-7", "w" * 17 + ".7", None, 7, []],
)
def test_what_is_no_cursor_is_not_taken_for_one(text):
    assert Cursor.parse(text) is None


def test_a_cursor_survives_being_written_and_parsed():
    assert Cursor.parse(str(Cursor("4f1e", 12))) == Cursor("4f1e", 12)


@pytest.mark.django_db
def test_the_cursor_of_an_empty_log_is_the_start():
    assert Change.objects.cursor() == START
    assert knows(list(Change.objects.since(START)), START)


def test_a_cursor_of_another_history_is_not_known(ana):
    _, change = published(author=ana)
    other = Cursor("0000000000000000", change.seq)

    assert knows(list(Change.objects.since(change.cursor)), change.cursor)
    assert not knows(list(Change.objects.since(other)), other)


def test_a_cursor_ahead_of_the_log_is_not_known(ana):
    _, change = published(author=ana)
    ahead = Cursor(change.word, change.seq + 5)

    assert not knows(list(Change.objects.since(ahead)), ahead)


def test_pruning_removes_what_is_old_and_keeps_the_newest(ana):
    for _ in range(3):
        published(author=ana)
    Change.objects.update(at=timezone.now() - KEPT_FOR - timedelta(hours=1))

    assert Change.objects.prune() == 2
    assert seqs() == [3]


def test_after_pruning_the_start_is_not_known_any_more(ana):
    published(author=ana)
    published(author=ana)
    Change.objects.filter(seq=1).delete()

    assert not knows(list(Change.objects.since(START)), START)
