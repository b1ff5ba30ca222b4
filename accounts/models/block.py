"""Whom somebody has blocked: people whom they want nothing to do with."""

from collections.abc import Callable, Collection
from typing import Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models, transaction

End = Callable[[int, int], object]
"""Ends what is between the blocker and the blocked (ids), in the transaction of the block."""

_ends: list[End] = []


def ends_with_a_block(end: End) -> End:
    """Have a function end something when one user blocks another. A decorator."""
    _ends.append(end)
    return end


class Blocked(Exception):
    """Somebody whom this is about has blocked who does it. Nothing says who to whom."""


def lock_shared(user_id: int) -> None:
    """Have whoever locks this user for themselves (`select_for_update()`) wait for the transaction.

    Other shared locks and updates of the row do not conflict with it. Take it before any other
    lock, to avoid deadlocks: an insert with a foreign key to this user takes the same lock later.
    """
    if connection.vendor != "postgresql":
        # On SQLite a transaction is alone from its beginning.
        return
    table = get_user_model()._meta.db_table
    with connection.cursor() as cursor:
        # Django has no words for this lock.
        cursor.execute(f'SELECT 1 FROM "{table}" WHERE id = %s FOR KEY SHARE', [user_id])  # noqa: S608


class BlockQuerySet(models.QuerySet["Block"]):
    def by(self, blocker: AbstractBaseUser) -> Self:
        return self.filter(blocker_id=blocker.pk)

    def latest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, block_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=block_id)

    def blockers_of(self, user_id: int, among: Collection[int]) -> set[int]:
        """Return which of these users (ids) have blocked that one. One query; none without ids."""
        others = [pk for pk in among if pk != user_id]
        if not others:
            return set()
        found = self.filter(blocked_id=user_id, blocker_id__in=others)
        return set(found.values_list("blocker_id", flat=True))

    def refuse(self, user_id: int, *others: int, is_locked: bool = False) -> None:
        """Raise Blocked when one of these users has blocked that one.

        Call it within the transaction of what is to be refused. That and `put` wait for each other:
        what somebody does at the moment when they are blocked is there before, or refused.
        `is_locked` says that the caller has called `lock_shared`, before locks of its own.
        """
        if not is_locked and set(others) - {user_id}:
            # Shared with all but `put`.
            lock_shared(user_id)
        if self.blockers_of(user_id, others):
            raise Blocked

    def put(self, blocker: AbstractBaseUser, blocked: AbstractBaseUser, wanted: bool) -> None:
        """Have `blocker` block somebody, or not. Repeating is harmless."""
        if not wanted:
            self.filter(blocker_id=blocker.pk, blocked_id=blocked.pk).delete()
            return
        with transaction.atomic():
            list(get_user_model()._default_manager.select_for_update().filter(pk=blocked.pk))
            _, is_new = self.get_or_create(blocker_id=blocker.pk, blocked_id=blocked.pk)
            if is_new:
                for end in _ends:
                    end(blocker.pk, blocked.pk)


class Block(models.Model):
    """One user wants no contact with another: comments, replies, mentions, follows, likes."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks"
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_by"
    )
    since = models.DateTimeField(auto_now_add=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="blocked_once"),
            models.CheckConstraint(
                name="nobody_blocks_themselves",
                condition=~models.Q(blocker=models.F("blocked")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
