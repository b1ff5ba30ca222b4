"""What somebody is told about: a comment on their post, a reply, a mention, likes, a new post."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.kinds import NotificationKind as Kind
from accounts.models import User
from posts.log import Change, record
from posts.log import Kind as ChangeKind
from posts.markdown import to_text
from posts.models.follow import Follow

if TYPE_CHECKING:
    from posts.models.comment import Comment
    from posts.models.post import Post

MENTION = re.compile(r"(?<![\w@/.])@(\w[\w.@+-]*)")
MOST_MENTIONS = 10
"""How many of those mentioned in one text are told."""


def mentioned_in(text: str) -> set[str]:
    """Return the user names that stand as @name in Markdown, outside of spoilers."""
    names = (match[1].rstrip(".-+@") for match in MENTION.finditer(to_text(text)))
    return set(list(dict.fromkeys(names))[:MOST_MENTIONS])


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, notification_id: int) -> Self:
        return self.filter(pk__lt=notification_id)

    def to_mail(self) -> Self:
        """Those that neither the page nor a mail has brought yet."""
        return self.unread().filter(mailed_at=None)

    def with_details(self) -> Self:
        """Fetch what is shown along with them. One query."""
        return self.select_related("actor", "post", "comment")

    # --- Telling. Within the transaction of what happened; each returns the ids of those who are
    # told, for the change that reports it.

    def of_post(self, post: "Post", new_mentions: set[str], *, is_new: bool) -> list[int]:
        """Tell those who are mentioned in a post and, when it is new, who follows its author."""
        told = dict.fromkeys(_users_named(new_mentions), Kind.MENTIONED)
        if is_new:
            for user in Follow.objects.followers_of(post.author_id):
                told.setdefault(user, Kind.POSTED)
        return self._tell(told, actor=post.author_id, post=post)

    def of_comment(self, comment: "Comment", new_mentions: set[str], *, is_new: bool) -> list[int]:
        """Tell who is replied to, who is mentioned, and the author of the post: each once."""
        told: dict[User, Kind] = {}
        if is_new and comment.parent is not None:
            told[comment.parent.author] = Kind.REPLIED
        for user in _users_named(new_mentions):
            told.setdefault(user, Kind.MENTIONED)
        if is_new:
            told.setdefault(comment.post.author, Kind.COMMENTED)
        return self._tell(told, actor=comment.author_id, post=comment.post, comment=comment)

    def of_like(
        self, by: AbstractBaseUser, post: "Post", comment: "Comment | None", change: int
    ) -> list[int]:
        """Gather a like (`change` 1), or the end of one (-1), with those that are unread."""
        author = comment.author if comment else post.author
        if author.pk == by.pk or not change:
            return []
        gathered = self.of(author).unread().filter(kind=Kind.LIKED, post=post, comment=comment)
        if change > 0 and gathered.update(count=F("count") + 1, actor=by, at=timezone.now()):
            return [author.pk]
        if change > 0:
            return self._tell({author: Kind.LIKED}, actor=by.pk, post=post, comment=comment)
        if gathered.filter(count=1).delete()[0]:
            User.objects.filter(pk=author.pk, unread__gt=0).update(unread=F("unread") - 1)
            return [author.pk]
        latest = (comment or post).likes.filter(comment=comment).latest_first().first()
        if latest and gathered.update(count=F("count") - 1, actor=latest.user_id):
            return [author.pk]
        return []

    def _tell(self, told: dict[User, Kind], *, actor: int, **about: object) -> list[int]:
        rows = [
            Notification(user=user, kind=kind, actor_id=actor, **about)
            for user, kind in told.items()
            if user.pk != actor and user.is_active and kind not in user.muted
        ]
        self.bulk_create(rows, batch_size=1_000)
        ids = sorted(row.user_id for row in rows)
        users = User.objects.filter(pk__in=ids)
        # In one order, so that two who tell the same people do not wait for each other. Not their
        # keys: what they write meanwhile holds the log's counter, and its commit looks whether they
        # are still there.
        list(users.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        users.update(unread=F("unread") + 1)
        return ids

    # --- Reading

    def mark_read(self, user: AbstractBaseUser) -> Change | None:
        """Mark these, which are the user's, as read; None when all were before."""
        with transaction.atomic():
            # First of all, and a write: it locks the user's count.
            User.objects.filter(pk=user.pk).update(unread=F("unread"))
            if not self.of(user).unread().update(read_at=timezone.now()):
                return None
            # Counted anew, so that a count which has gone wrong does not stay so.
            User.objects.filter(pk=user.pk).update(unread=self._left(user))
            return record(ChangeKind.NOTIFIED, users=[user.pk])

    @staticmethod
    def _left(user: AbstractBaseUser) -> int:
        return Notification.objects.of(user).unread().count()


class Notification(models.Model):
    """One thing that a user is told; of likes of the same, all until it is read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    # Who did it; of several, the last one.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=1)
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="+")
    comment = models.ForeignKey(
        "posts.Comment", on_delete=models.CASCADE, null=True, related_name="+"
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
        """Where what it is about stands."""
        there = self.comment if self.comment and not self.is_gone else self.post
        return there.get_absolute_url()

    @property
    def others(self) -> int:
        """How many beside the actor."""
        return self.count - 1

    @property
    def is_gone(self) -> bool:
        """Whether what it is about has been removed since."""
        return bool(self.post.removed_at or (self.comment and self.comment.removed_at))


def _users_named(names: set[str]) -> Iterable[User]:
    return User.objects.filter(username__in=names) if names else ()
