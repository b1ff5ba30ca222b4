"""What users are notified of: a comment on their post, a reply, a mention, likes, a new post.

Pages, mails and the bell gather them: one entry for a post and a kind (`entries`).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Block, User
from accounts.notification_kinds import NotificationKind as Kind
from bookshelf.log import Change, record
from posts.log import Kind as ChangeKind

BATCH = 500
"""Users whose unread notifications are counted with one query."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: User | int) -> Self:
        """Notifications of this user, or of the user with this id."""
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, notification_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=notification_id)

    def to_mail(self) -> Self:
        """Notifications that their users have neither read nor been mailed."""
        return self.unread().filter(mailed_at=None)

    def with_details(self) -> Self:
        """Fetch what is shown of them along with the notifications. One query."""
        return self.select_related("actor", "post", "comment", "action")

    def current(self) -> Self:
        """Leave out those about a post or a comment that is removed.

        Not what a moderator did: that concerns its author all the more.
        """
        on_pages = Q(post__removed_at=None, comment__removed_at=None)
        return self.filter(Q(action__isnull=False) | on_pages)

    def with_entry(self) -> Self:
        """Annotate what, beside the kind and the post, has to be the same within an entry."""
        return self.annotate(on_comment=Q(comment__isnull=False), is_read=Q(read_at__isnull=False))

    def entries(self) -> Self:
        """Leave the latest of each entry: of the same kind about one post, all read or all unread.

        What moderators did is never gathered.
        """
        newer = Notification.objects.current().annotate(
            on_comment=Q(comment__isnull=False), is_read=Q(read_at__isnull=False)
        )
        newer = newer.filter(
            user=OuterRef("user"),
            post=OuterRef("post"),
            kind=OuterRef("kind"),
            action=None,
            on_comment=OuterRef("on_comment"),
            is_read=OuterRef("is_read"),
            pk__gt=OuterRef("pk"),
        )
        return self.current().with_entry().filter(Q(action__isnull=False) | ~Exists(newer))

    def in_entry_of(self, latest: "Notification") -> Self:
        """Those that the entry of this one stands for: none that came since it was drawn."""
        if latest.action_id is not None:
            return self.filter(pk=latest.pk)
        return self.filter(
            kind=latest.kind,
            post=latest.post_id,
            comment__isnull=latest.comment_id is None,
            action=None,
            pk__lte=latest.pk,
        )

    # --- Notifying: within the transaction of what happened. Who is notified of what is decided
    # by the verbs that call these (Post, Comment, Likeable).

    def notify(
        self,
        kinds: Mapping[User, Kind],
        actor_id: int,
        post_id: int | None,
        comment_id: int | None = None,
        action_id: int | None = None,
        cleared: Collection[int] = (),
        is_entry: bool = False,
    ) -> list[int]:
        """Notify each of these users of what the actor did; the kind says why this user.

        Leaves out the actor, who has muted the kind, and who has blocked the actor: the caller has
        made sure that those who are `cleared` (ids) have not. `is_entry` says that the caller has
        found no unread one that it would join, and has locked what it is about. Return the ids of
        those notified, for the change that reports it.
        """
        others = [user.pk for user in kinds if user.pk not in cleared]
        left_out = {actor_id, *Block.objects.blockers_of(actor_id, others)}
        rows = [
            Notification(
                user=user,
                kind=kind,
                actor_id=actor_id,
                post_id=post_id,
                comment_id=comment_id,
                action_id=action_id,
            )
            for user, kind in kinds.items()
            if user.pk not in left_out and user.is_active and kind not in user.muted
        ]
        ids = sorted(row.user_id for row in rows)
        if not ids:
            return []
        if is_entry:
            self.bulk_create(rows, batch_size=1_000)
            User.objects.filter(pk__in=ids).update(unread=F("unread") + 1)
            return ids
        users = _locked(ids)
        # What joins an unread entry makes the bell count no more.
        known = self.unread().current().filter(user__in=ids, post=post_id, action=action_id)
        known = known.filter(comment__isnull=comment_id is None)
        joined = set(known.values_list("user", "kind")) if action_id is None else set()
        self.bulk_create(rows, batch_size=1_000)
        counted = [row.user_id for row in rows if (row.user_id, row.kind) not in joined]
        users.filter(pk__in=counted).update(unread=F("unread") + 1)
        return ids

    def about(self, kind: Kind, post_id: int, comment_id: int | None = None) -> Self:
        """Notifications of one kind about a post, or with `comment_id` about a comment on it."""
        return self.filter(kind=kind, post=post_id, comment=comment_id)

    def add_one(self, actor_id: int) -> bool:
        """Count one more in these. Return whether there were any."""
        return bool(self.update(count=F("count") + 1, actor_id=actor_id, at=timezone.now()))

    def take_one_off(self, actor_id: int) -> bool:
        """Count one less in these; the actor is the last of the others. As `add_one`."""
        return bool(self.update(count=F("count") - 1, actor_id=actor_id))

    def withdraw(self, user_id: int, *, is_entry: bool) -> bool:
        """Delete the user's one unread notification among these if it counts one thing only.

        `is_entry` says that no other notification can be in an entry with it: then the bell counts
        one less. Otherwise it is counted again.
        """
        self.lock_counts([user_id])
        if not self.filter(count=1).delete()[0]:
            return False
        if is_entry:
            User.objects.filter(pk=user_id, unread__gt=0).update(unread=F("unread") - 1)
        else:
            Notification.objects.recount([user_id])
        return True

    def lock_counts(self, user_ids: Iterable[int]) -> None:
        """Lock the unread counts of these users until the commit.

        Call it before any of their notifications is changed, as in `mark_read`: the lock order.
        """
        ids = sorted(set(user_ids))
        for start in range(0, len(ids), BATCH):
            _locked(ids[start : start + BATCH])

    # --- Counting: within the transaction of what was removed or has come back

    def recount(self, user_ids: Iterable[int]) -> None:
        """Count the unread entries of these users, for the bell."""
        ids = sorted(set(user_ids))
        unread = Notification.objects.unread().entries().filter(user=OuterRef("pk"))
        number = unread.order_by().values("user").annotate(n=Count("pk")).values("n")
        for start in range(0, len(ids), BATCH):
            users = _locked(ids[start : start + BATCH])
            users.update(unread=Coalesce(Subquery(number), 0))

    def recount_about(self, *, posts: Iterable[int] = (), comments: Iterable[int] = ()) -> set[int]:
        """Count again for those with something unread about these posts and comments (ids).

        Return the ids of those users, for the change.
        """
        about = Q(post__in=posts) | Q(comment__in=comments)
        unread = Notification.objects.unread().filter(about, action=None)
        ids = set(unread.values_list("user", flat=True))
        self.recount(ids)
        return ids

    # --- Reading

    def mark_read(self, user: User) -> Change | None:
        """Mark these, which are the user's, as read. Return None when all were before."""
        with transaction.atomic():
            # First of all, and a write: it locks the user's count.
            User.objects.filter(pk=user.pk).update(unread=F("unread"))
            if not self.of(user).unread().update(read_at=timezone.now()):
                return None
            # Count, so that a number which has gone wrong does not stay so.
            Notification.objects.recount([user.pk])
            return record(ChangeKind.NOTIFIED, users=[user.pk])


def _locked(user_ids: list[int]) -> models.QuerySet[User]:
    """Return these users, with their counts locked until the commit."""
    users = User.objects.filter(pk__in=user_ids)
    # Ordered, to avoid deadlocks. no_key: inserts with a foreign key to them need not wait.
    list(users.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return users


class Notification(models.Model):
    """One thing that a user is notified of; likes of the same thing share one until it is read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    # Who did it; of several people, the last.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=1)
    # Of what a moderator did: None when it is about the person.
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, null=True, related_name="+")
    comment = models.ForeignKey(
        "posts.Comment", on_delete=models.CASCADE, null=True, related_name="+"
    )
    # What a moderator did.
    action = models.ForeignKey(
        "posts.ModerationAction", on_delete=models.CASCADE, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    gathered: tuple[int, ...]
    """What its entry stands for. Set by posts.pages.notices."""

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notifications_of_a_user"),
            models.Index(
                fields=["user", "post"],
                name="unread_notifications",
                condition=models.Q(read_at=None),
            ),
            models.Index(fields=["user", "post", "kind", "-id"], name="notification_entries"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"

    def get_absolute_url(self) -> str:
        """Return the address of what it is about."""
        if self.action is not None:
            return self.action.get_absolute_url()
        assert self.post is not None  # All but those of actions have one.
        if self.comment and not self.is_gone:
            return self.comment.get_absolute_url()
        return self.post.get_absolute_url()

    @property
    def is_gone(self) -> bool:
        """Whether what it is about has been removed since."""
        if self.action_id is not None or self.post is None:
            return False
        return bool(self.post.removed_at or (self.comment and self.comment.removed_at))
