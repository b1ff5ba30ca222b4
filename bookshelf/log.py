"""The change log: what has changed for open pages, in the order of the commits.

An outbox (https://microservices.io/patterns/data/transactional-outbox.html): each change is
written in the transaction of what it reports, so that neither exists without the other.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, Self

from django.db import connection, models, transaction
from django.db.models import F, Max
from django.utils import timezone

from bookshelf.compiled_queries import CompiledQuery

KEPT_FOR = timedelta(days=7)


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
        """Return the changes after `cursor`, and first the one that it names if it is in the log.

        The first row tells whether the cursor is known: see `knows`.
        """
        return self.filter(seq__gte=cursor.seq).order_by("seq")

    def before(self, seq: int) -> Self:
        """Return the changes older than `seq`, in order."""
        return self.filter(seq__lt=seq).order_by("seq")

    def newest(self) -> "Change | None":
        """Return the last committed change, or None."""
        return self.order_by("-seq").first()

    def cursor(self) -> Cursor:
        """Return the place after the last committed change of the whole log."""
        newest = NEWEST.rows()
        return Cursor(*newest[0]) if newest else START

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
    # What was touched, in the caller's words. Never what became of it: only the row shows that.
    kind = models.CharField(max_length=20)
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
    # What else a kind of change has to say: ids and words.
    details = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} post {self.post_id} comment {self.comment_id}"

    @property
    def cursor(self) -> Cursor:
        """The place after this change."""
        return Cursor(self.word, self.seq)


NEWEST = CompiledQuery(lambda: Change.objects.order_by("-seq").values_list("word", "seq")[:1])


class ChangeCounter(models.Model):
    """The one row that hands out `seq`. Its lock is held to the commit, hence commit order."""

    n = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.n)


def record(
    kind: str,
    *,
    post_id: int | None = None,
    author_id: int | None = None,
    comment_id: int | None = None,
    parent_id: int | None = None,
    users: Iterable[int] = (),
    tags_before: Iterable[str] = (),
    tags_after: Iterable[str] = (),
    details: dict[str, Any] | None = None,
) -> Change:
    """Write a change to the log and return it. `users` are those who are notified.

    A verb's last call, and once in a transaction: from here to the commit all other writers wait.
    Deferred foreign keys are checked before the counter is locked, to avoid deadlocks. Raises
    TransactionManagementError outside a transaction, IntegrityError for a broken foreign key.
    """
    change = Change(
        kind=kind,
        post_id=post_id,
        author_id=author_id,
        comment_id=comment_id,
        parent_id=parent_id,
        users=sorted(set(users)),
        tags_before=sorted(tags_before),
        tags_after=sorted(tags_after),
        details=details or {},
    )
    _check_keys()
    if connection.vendor == "postgresql" and _append(change):
        return change
    change.seq = _next_seq()
    change.save(force_insert=True)
    return change


def record_all(changes: Sequence[Change]) -> Change | None:
    """Write several changes to the log, in this order; return the last one, or None of none.

    For a verb that touches many objects at once. The same holds as for `record`: it is the verb's
    last call. The `seq` of the changes is set here.
    """
    if not changes:
        return None
    _check_keys()
    first = _next_seq(len(changes)) - len(changes) + 1
    for seq, change in enumerate(changes, first):
        change.seq = seq
    Change.objects.bulk_create(changes)
    return changes[-1]


def start_anew(kind: str, *, post_id: int | None = None, author_id: int | None = None) -> Change:
    """Drop the log and begin a new one with this change: every page reloads (a reset).

    For changes of more objects than pages could catch up with. Call it last in a transaction.
    """
    _check_keys()
    # Skip a number: a page with the cursor START has missed nothing of a log that begins with 1.
    _next_seq()
    change = record(kind, post_id=post_id, author_id=author_id)
    Change.objects.before(change.seq).delete()
    return change


def _append(change: Change) -> bool:
    """Number a change and insert it with one statement; return False when there is no counter yet.

    PostgreSQL's: while the counter is locked there is one answer to wait for, and then the commit.
    """
    _require_transaction()
    meta, counter = Change._meta, ChangeCounter._meta.db_table
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(change, True), connection) for field in fields]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    holes = ", ".join(["%s"] * len(fields))
    sql = (
        f'WITH next AS (UPDATE "{counter}" SET n = n + 1 WHERE id = 1 RETURNING n) '  # noqa: S608
        f'INSERT INTO "{meta.db_table}" (seq, {columns}) SELECT n, {holes} FROM next RETURNING seq'
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    if row is None:
        return False
    change.seq, change._state.adding = row[0], False
    return True


def _check_keys() -> None:
    """Check the deferred foreign keys now, not at the commit. Does nothing but on PostgreSQL.

    The check locks the referenced rows. At the commit, with the counter locked, it could deadlock
    with a transaction that has locked one of them and waits for the counter.
    """
    _require_transaction()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A change is recorded within a transaction")


def _next_seq(count: int = 1) -> int:
    """Take the next `count` numbers of the log; return the last of them."""
    _require_transaction()
    counter = ChangeCounter.objects.filter(pk=1)
    # An UPDATE, not select_for_update(): the latter locks nothing on SQLite.
    if not counter.update(n=F("n") + count):
        newest = Change.objects.aggregate(Max("seq"))["seq__max"] or 0
        ChangeCounter.objects.get_or_create(pk=1, defaults={"n": newest})
        counter.update(n=F("n") + count)
    return counter.values_list("n", flat=True).get()


def knows(rows: list[Change], cursor: Cursor) -> bool:
    """Return whether this log knows the cursor, judging by `rows`, the log from the cursor on.

    `rows` begins with the change that the cursor names; with START, with the very first change.
    """
    if cursor == START:
        return not rows or rows[0].seq == 1
    return bool(rows) and rows[0].cursor == cursor
