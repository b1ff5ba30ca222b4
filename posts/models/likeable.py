"""What readers can like: a post, or a comment on one."""

from collections.abc import Iterable

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from accounts.models.block import lock_shared
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change
from posts.models.like import Like, LikeQuerySet
from posts.models.notification import Notification


class TakenDown(models.TextChoices):
    """How a moderator has taken something off every page. Its author cannot put it back."""

    NOT = "", _("not by a moderator")
    HIDDEN = "hidden", _("hidden")
    REMOVED = "removed", _("removed")
    PURGED = "purged", _("removed with everything of its author")


def author_is_present(item: "Likeable") -> bool:
    """Return whether not everything of its author has been removed; that waits for the transaction.

    What comes back asks for it first: with an author removed as a whole it must not.
    """
    lock_shared(item.author_id)
    return User.objects.present().filter(pk=item.author_id).exists()


LIKERS = 12
"""How many of those who like something are named beside it."""


class Likeable(models.Model):
    """Something by an author that readers like, until it is removed."""

    author: "models.ForeignKey[User, User]"
    author_id: int
    liked: bool
    """Whether the viewer likes it. Set by posts.pages.viewer_state."""

    # Kept by `like`, in the transaction of what it counts.
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    # Of what its author had removed before, a moderator's restoring leaves it at that.
    taken_down = models.CharField(
        max_length=10,
        choices=TakenDown,
        default=TakenDown.NOT,
        db_default="",
        blank=True,
        editable=False,
    )
    removed_by_author = models.BooleanField(default=False, db_default=False, editable=False)

    class Gone(Exception):
        """It has been removed, or what it is about has."""

    class Meta:
        abstract = True

    @property
    def was_removed_by_author(self) -> bool:
        """Whether its author has removed it, before a moderator took it down or without that."""
        removed = self.removed_at is not None and not self.taken_down
        return self.removed_by_author or removed

    @property
    def subject(self) -> tuple[int, int | None]:
        """The ids of the post and of the comment that likes and notifications refer to."""
        raise NotImplementedError

    def record_like(self, notified: Iterable[int]) -> Change:
        """Record that the likes have changed, and who is notified of that."""
        raise NotImplementedError

    def like(self, user: User, liked: bool) -> Change | None:
        """Have this user like it, or not; return None when that was so before. Raises Gone."""
        visible = type(self)._default_manager.filter(pk=self.pk, removed_at=None)
        try:
            with transaction.atomic():
                lock_shared(user.pk)
                by = Like.objects.put(user.pk, *self.subject, liked)
                if not visible.update(likes_count=F("likes_count") + by):
                    raise self.Gone
                return self.record_like(self._notify_of_like(user, by)) if by else None
        except IntegrityError:
            # Only a repetition meets the like that is there.
            if not self._likes.of(user).exists():
                raise
            if not visible.exists():
                raise self.Gone from None
            return None

    def _notify_of_like(self, user: User, by: int) -> list[int]:
        """Tell the author: one notification counts all likes since it was last read.

        `by` is 1 for a like, -1 for the end of one. Return the ids of those notified.
        """
        if user.pk == self.author_id or Block.objects.blockers_of(user.pk, [self.author_id]):
            return []
        post_id, comment_id = self.subject
        # Those of a post's comments are in one entry; the likes of the post are an entry.
        is_entry = comment_id is None
        notifications = Notification.objects.of(self.author_id)
        unread = notifications.unread().about(NotificationKind.LIKED, post_id, comment_id)
        if by > 0:
            if unread.add_one(user.pk):
                return [self.author_id]
            return Notification.objects.notify(
                {self.author: NotificationKind.LIKED},
                user.pk,
                post_id,
                comment_id,
                cleared=[self.author_id],
                is_entry=is_entry,
            )
        if unread.withdraw(self.author_id, is_entry=is_entry):
            return [self.author_id]
        latest = self._likes.latest_first().first()
        if latest and unread.take_one_off(latest.user_id):
            return [self.author_id]
        return []

    @property
    def likers(self) -> list[User]:
        """Those who liked it last, the latest first: at most LIKERS. One query."""
        likes = self._likes.select_related("user").latest_first()
        return [like.user for like in likes[:LIKERS]]

    @property
    def more_likers(self) -> int:
        """How many like it beside `likers`."""
        return max(0, self.likes_count - LIKERS)

    @property
    def _likes(self) -> LikeQuerySet:
        return Like.objects.about(*self.subject)
