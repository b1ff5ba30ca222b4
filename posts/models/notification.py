"""What users are notified of: a comment on their post, a reply, a mention, likes, a new post."""

from collections.abc import Mapping
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Block, User
from accounts.notification_kinds import NotificationKind as Kind
from bookshelf.log import Change, record
from posts.log import Kind as ChangeKind


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

    # --- Notifying: within the transaction of what happened. Who is notified of what is decided
    # by the verbs that call these (Post, Comment, Likeable).

    def notify(
        self,
        kinds: Mapping[User, Kind],
        actor_id: int,
        post_id: int | None,
        comment_id: int | None = None,
        action_id: int | None = None,
    ) -> list[int]:
        """Notify each of these users of what the actor did; the kind says why this user.

        Leaves out the actor, who has muted the kind, and who has blocked the actor. Return the ids
        of those notified, for the change that reports it.
        """
        left_out = {actor_id, *Block.objects.blockers_of(actor_id, [user.pk for user in kinds])}
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
        self.bulk_create(rows, batch_size=1_000)
        ids = sorted(row.user_id for row in rows)
        users = User.objects.filter(pk__in=ids)
        # In one order, so that two who notify the same people do not wait for each other. Not their
        # keys: what they write meanwhile holds the log's counter, and its commit checks that they
        # still exist.
        list(users.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        users.update(unread=F("unread") + 1)
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

    def withdraw(self, user_id: int) -> bool:
        """Delete the user's one unread notification among these if it counts one thing only."""
        if not self.filter(count=1).delete()[0]:
            return False
        User.objects.filter(pk=user_id, unread__gt=0).update(unread=F("unread") - 1)
        return True

    # --- Reading

    def mark_read(self, user: User) -> Change | None:
        """Mark these, which are the user's, as read. Return None when all were before."""
        with transaction.atomic():
            # First of all, and a write: it locks the user's count.
            User.objects.filter(pk=user.pk).update(unread=F("unread"))
            if not self.of(user).unread().update(read_at=timezone.now()):
                return None
            # Count again, so that a count which has gone wrong does not stay so.
            left = Notification.objects.of(user).unread().count()
            User.objects.filter(pk=user.pk).update(unread=left)
            return record(ChangeKind.NOTIFIED, users=[user.pk])


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

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notifications_of_a_user"),
            models.Index(
                fields=["user", "post"],
                name="unread_notifications",
                condition=models.Q(read_at=None),
            ),
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
    def others(self) -> int:
        """How many did it beside the actor."""
        return self.count - 1

    @property
    def is_gone(self) -> bool:
        """Whether what it is about has been removed since."""
        if self.action_id is not None or self.post is None:
            return False
        return bool(self.post.removed_at or (self.comment and self.comment.removed_at))
