"""Lock order: no two transactions of the site deadlock on PostgreSQL.

In each race the second transaction begins when the first has run a certain statement, and the first
goes on when the second waits for a lock.
"""

import time
from collections.abc import Callable
from threading import Thread
from typing import Any, NamedTuple

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction

from accounts.factories import UserFactory
from accounts.leaving.departures import close_account
from accounts.models import User
from bookshelf.log import record, start_anew
from posts.factories import commented, published
from posts.models import Comment, Like, ModerationAction, Notification, Post
from posts.models.likeable import TakenDown
from posts.models.moderation import Reason, Verb
from posts.moderation.purge import purge

# On SQLite a transaction is alone from its beginning.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]

LOG = 'INSERT INTO "bookshelf_change"'


class Other:
    """Somebody who writes at the same time, in a connection of their own."""

    def __init__(self, writes: Callable[[], object]) -> None:
        self.error: Exception | None = None
        self._writes = writes
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._writes()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def until_it_waits(self) -> None:
        """Wait until it cannot go on, or has ended."""
        deadline = time.monotonic() + 10
        while self._thread.is_alive() and not somebody_waits():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def ends(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        assert self.error is None


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone() is not None


class World:
    """Ben has liked Ana's post and commented on it. Xenia's id is lower than the admin's."""

    def __init__(self) -> None:
        names = ("xenia", "ana", "ben", "admin", "mod")
        people = {name: UserFactory(username=name, name=name.title()) for name in names}
        self.xenia, self.ana, self.ben, self.admin, self.mod = people.values()
        User.objects.filter(username="admin").update(is_superuser=True, is_staff=True)
        self.post = published(author=self.ana)[0]
        self.post.like(self.ben, True)
        self.comment = commented(self.post, "Well.", author=self.ben)
        self.own = commented(self.post, "Indeed.", author=self.ana)

    def likes(self) -> None:
        self.post.like(self.xenia, True)

    def likes_no_more(self) -> None:
        self.post.like(self.ben, False)

    def likes_a_comment(self) -> None:
        self.own.like(self.xenia, True)

    def says(self) -> None:
        Comment(post=self.post, author=self.ben, body="Again.").publish()

    def revises(self) -> None:
        self.comment.revise("Better.", editor=self.ben)

    def removes_the_comment(self) -> None:
        Comment.objects.get(pk=self.comment.pk).remove()

    def mentions_two(self) -> None:
        Comment(post=self.post, author=self.ben, body="@xenia @admin").publish()

    def reads(self) -> None:
        Notification.objects.of(self.ana).mark_read(self.ana)

    def renames(self) -> None:
        user = User.objects.get(username="xenia")
        user.name = "Another"
        user.save()

    def leaves(self) -> None:
        with transaction.atomic():
            close_account(User.objects.get(username="xenia"), keeps_texts=True)

    def is_purged(self) -> None:
        purge(ModerationAction.of(self.mod, Verb.PURGE, self.ben, reason=Reason.SPAM))

    def post_is_taken_down(self) -> None:
        Post.objects.get(pk=self.post.pk).take_down(TakenDown.REMOVED, set)

    def comment_is_taken_down(self) -> None:
        Comment.objects.get(pk=self.comment.pk).take_down(TakenDown.REMOVED, set)

    def log_begins_anew(self) -> None:
        with transaction.atomic():
            Like.objects.create(user=self.xenia, post=self.post)
            start_anew("post_liked", post_id=self.post.pk)

    def admin_changes_something(self) -> None:
        """As the admin does: what is done, then who has done it."""
        with transaction.atomic():
            record("site_page_changed")
            LogEntry.objects.create(user=self.admin, action_flag=CHANGE)


class Race(NamedTuple):
    """Two who write, and the statement of the first after which the second begins."""

    first: Callable[[World], None]
    after: str
    second: Callable[[World], None]


RACES = [
    # The log's counter is locked last; foreign keys are checked before.
    Race(World.likes, LOG, World.renames),
    Race(World.likes, LOG, World.leaves),
    Race(World.log_begins_anew, 'UPDATE "bookshelf_changecounter"', World.renames),
    Race(World.admin_changes_something, LOG, World.leaves),
    # Unread counts before notifications.
    Race(World.reads, 'UPDATE "accounts_user"', World.likes_no_more),
    Race(World.reads, 'UPDATE "accounts_user"', World.is_purged),
    # Users in the order of their ids.
    Race(World.leaves, "FOR ", World.mentions_two),
    # A post before its comments, and without its key.
    Race(World.likes_a_comment, 'UPDATE "accounts_user"', World.post_is_taken_down),
    Race(World.removes_the_comment, 'UPDATE "posts_comment"', World.comment_is_taken_down),
    # The acting user before the post.
    Race(World.says, 'UPDATE "posts_post"', World.is_purged),
    Race(World.revises, 'UPDATE "posts_comment"', World.is_purged),
    Race(World.likes_no_more, 'UPDATE "posts_post"', World.is_purged),
]


@pytest.mark.parametrize(
    "race", RACES, ids=[f"{race.first.__name__}-{race.second.__name__}" for race in RACES]
)
def test_neither_of_two_transactions_deadlocks(race):
    world = World()
    others: list[Other] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not others and race.after in sql:
            others.append(Other(lambda: race.second(world)))
            others[0].until_it_waits()
        return result

    with connection.execute_wrapper(watch):
        race.first(world)

    [other] = others
    other.ends()
