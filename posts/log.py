"""The change log: what readers are owed, in the order in which it was committed.

An outbox (https://microservices.io/patterns/data/transactional-outbox.html): each change is
written in the transaction of what it reports, so that neither exists without the other.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, Self

from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone

KEPT_FOR = timedelta(days=7)


class Kind(models.TextChoices):
    """What was touched. Never what became of it: the row itself tells."""

    POST_CREATED = "post_created"
    POST_EDITED = "post_edited"
    POST_REMOVED = "post_removed"
    POST_RESTORED = "post_restored"
    POST_LIKED = "post_liked"
    COMMENT_CREATED = "comment_created"
    COMMENT_EDITED = "comment_edited"
    COMMENT_REMOVED = "comment_removed"
    COMMENT_LIKED = "comment_liked"
    NOTIFIED = "notified"
    POST_PINNED = "post_pinned"
    POST_UNPINNED = "post_unpinned"
    POST_MARKED = "post_marked"
    POST_UNMARKED = "post_unmarked"
    AUTHOR_RENAMED = "author_renamed"


KEY_MARK = "*key"
"""Among the tags of a change: the post is one of the key posts. No slug of a tag has a star."""

PIN_MARK = "*pin"
"""Among the tags of a change: the post has been pinned, and may be what the front page shows."""


class Cursor(NamedTuple):
    """A place in the log: everything up to `seq` has been seen, and that change bore `word`.

    The word tells a cursor of this log from one of another history of the same numbers, such as
    a database that was restored from a backup.
    """

    word: str
    seq: int

    def __str__(self) -> str:
        return f"{self.word}.{self.seq}"

    @classmethod
    def parse(cls, text: object) -> Self | None:
        """Return the cursor written as `<word>.<seq>`, or None when `text` is not one."""
        match = (
            re.fullmatch(r"([0-9a-z]{1,16})\.([0-9]{1,18})", text)
            if isinstance(text, str)
            else None
        )
        return cls(match[1], int(match[2])) if match else None


START = Cursor("start", 0)
"""The place before the first change of a log that has never been pruned."""


class ChangeQuerySet(models.QuerySet["Change"]):
    def since(self, cursor: Cursor) -> Self:
        """Changes after `cursor` and, if it is in the log, the one that it names, in order.

        The first row tells whether the cursor is known: see `knows`.
        """
        return self.filter(seq__gte=cursor.seq).order_by("seq")

    def before(self, seq: int) -> Self:
        """Changes older than `seq`, in order."""
        return self.filter(seq__lt=seq).order_by("seq")

    def newest(self) -> "Change | None":
        """The last change that was committed, if there is one."""
        return self.order_by("-seq").first()

    def cursor(self) -> Cursor:
        """The place after the last committed change."""
        newest = self.newest()
        return newest.cursor if newest else START

    def prune(self) -> int:
        """Delete what is older than KEPT_FOR, except the newest change. Return how many."""
        newest = self.aggregate(Max("seq"))["seq__max"] or 0
        old = self.filter(at__lt=timezone.now() - KEPT_FOR, seq__lt=newest)
        return old.delete()[0]


def new_word() -> str:
    """Return a random word of 16 characters."""
    return secrets.token_hex(8)


class Change(models.Model):
    """One entry of the log: what was touched, as ids; never HTML."""

    seq = models.BigIntegerField(primary_key=True)
    word = models.CharField(max_length=16, default=new_word)
    kind = models.CharField(max_length=20, choices=Kind)
    post_id = models.BigIntegerField(null=True)
    comment_id = models.BigIntegerField(null=True)
    # Of a reply: the comment that it stands below.
    parent_id = models.BigIntegerField(null=True)
    # The post's author, whose page is a list of its own; or who has another name now.
    author_id = models.BigIntegerField(null=True)
    # Those whose notifications it touched.
    users = models.JSONField(default=list)
    tags_before = models.JSONField(default=list)
    tags_after = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} post {self.post_id} comment {self.comment_id}"

    @property
    def cursor(self) -> Cursor:
        """The place after this change."""
        return Cursor(self.word, self.seq)


class ChangeCounter(models.Model):
    """The one row that hands out `seq`. Its lock is held to the commit, hence commit order."""

    n = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.n)


def record(
    kind: Kind,
    *,
    post_id: int | None = None,
    author_id: int | None = None,
    comment_id: int | None = None,
    parent_id: int | None = None,
    users: Iterable[int] = (),
    tags_before: Iterable[str] = (),
    tags_after: Iterable[str] = (),
) -> Change:
    """Write a change to the log and return it. `users` are those who are notified.

    A verb's last call, and once in a transaction: from here to the commit all other writers wait.
    Raises TransactionManagementError outside a transaction.
    """
    return Change.objects.create(
        seq=_next_seq(),
        kind=kind,
        post_id=post_id,
        author_id=author_id,
        comment_id=comment_id,
        parent_id=parent_id,
        users=sorted(set(users)),
        tags_before=sorted(tags_before),
        tags_after=sorted(tags_after),
    )


def start_anew(kind: Kind, *, post_id: int, author_id: int) -> Change:
    """Drop the log and begin another with this change: every page draws itself anew (a reset).

    For what touches more than could be caught up with. Within a transaction, its last call.
    """
    # A number is left out: of a log that begins with 1 a page that saw none has missed nothing.
    _next_seq()
    change = record(kind, post_id=post_id, author_id=author_id)
    Change.objects.before(change.seq).delete()
    return change


def _next_seq() -> int:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A change is recorded within a transaction")
    counter = ChangeCounter.objects.filter(pk=1)
    # An UPDATE, not select_for_update(): the latter locks nothing on SQLite.
    if not counter.update(n=F("n") + 1):
        newest = Change.objects.aggregate(Max("seq"))["seq__max"] or 0
        ChangeCounter.objects.get_or_create(pk=1, defaults={"n": newest})
        counter.update(n=F("n") + 1)
    return counter.values_list("n", flat=True).get()


def knows(rows: list[Change], cursor: Cursor) -> bool:
    """Say whether `rows`, the log from the cursor on, shows that this log knows the cursor.

    `rows` begins with the change that the cursor names; with START, with the very first change.
    """
    if cursor == START:
        return not rows or rows[0].seq == 1
    return bool(rows) and rows[0].cursor == cursor
