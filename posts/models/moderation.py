"""What moderators did, to what and why, kept for good; and the appeals against it."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notification_kinds import NotificationKind
from posts.models.comment import Comment
from posts.models.notification import Notification
from posts.models.post import Post
from posts.models.report import Reason, Report, target_of

MOST_CHARACTERS = 2_000

APPEAL_WITHIN = timedelta(days=30)
"""How long after an action its person may appeal, and a purge can be taken back."""


class Verb(models.TextChoices):
    """What a moderator does."""

    HIDE = "hide", _("Hide it")
    RESTORE = "restore", _("Put it back")
    REMOVE = "remove", _("Remove it")
    REDACT = "redact", _("Redact it")
    CLOSE = "close", _("Close the room")
    REOPEN = "reopen", _("Open the room again")
    DISMISS = "dismiss", _("Dismiss the reports")
    WARN = "warn", _("Warn")
    SUSPEND = "suspend", _("Suspend")
    LIFT = "lift", _("Lift the suspension")
    BAN = "ban", _("Ban")
    UNBAN = "unban", _("Lift the ban")
    PURGE = "purge", _("Remove everything and ban")
    UNPURGE = "unpurge", _("Bring everything back")


ANSWERS_REPORTS = {
    Verb.HIDE, Verb.REMOVE, Verb.REDACT, Verb.CLOSE, Verb.DISMISS, Verb.WARN, Verb.SUSPEND,
    Verb.BAN, Verb.PURGE,
}  # fmt: skip
"""Verbs after which the reports of their target are answered."""

APPEALABLE = {
    Verb.HIDE, Verb.REMOVE, Verb.REDACT, Verb.CLOSE, Verb.WARN, Verb.SUSPEND, Verb.BAN, Verb.PURGE,
}  # fmt: skip

ABOUT_PEOPLE = {
    Verb.WARN, Verb.SUSPEND, Verb.LIFT, Verb.BAN, Verb.UNBAN, Verb.PURGE, Verb.UNPURGE,
}  # fmt: skip


class AppendOnly(Exception):
    """What was done is done: an entry is neither changed nor deleted."""


class ModerationActionQuerySet(models.QuerySet["ModerationAction"]):
    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, action_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=action_id)

    def against(self, person: User) -> Self:
        """What was done about this person, or about what they wrote."""
        return self.filter(person=person)

    def about(self, target: str) -> Self:
        return self.filter(target=target)

    def appealable(self) -> Self:
        return self.filter(verb__in=APPEALABLE)

    def with_details(self) -> Self:
        """Fetch what lists of actions show along with them. One query."""
        return self.select_related("moderator", "person", "post", "comment__post", "appeal")

    def update(self, **kwargs: Any) -> int:
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class ModerationAction(models.Model):
    """One entry: who did what, when, to what and to whom, and why. Append-only."""

    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="moderated"
    )
    verb = models.CharField(max_length=10, choices=Verb)
    # What it was done to, as in Report.
    target = models.CharField(max_length=30)
    # Whom it concerns: the author of the post or comment, or the person.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="moderations"
    )
    post = models.ForeignKey("posts.Post", on_delete=models.PROTECT, null=True, related_name="+")
    comment = models.ForeignKey(
        "posts.Comment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=10, choices=Reason)
    text = models.CharField(max_length=MOST_CHARACTERS, blank=True)
    # Of a suspension.
    until = models.DateTimeField(null=True)
    # What has to be known to undo it: ids, never texts.
    details = models.JSONField(default=dict)
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone")
    at = models.DateTimeField(default=timezone.now)

    objects = ModerationActionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="moderations_of_a_person"),
            models.Index(fields=["target", "-id"], name="moderations_of_a_target"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Return the page on which its person reads what was done and why, and may appeal."""
        return reverse("moderation:notice", args=[self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly

    @classmethod
    def of(
        cls, moderator: User, verb: Verb, target: Post | Comment | User, **fields: Any
    ) -> "ModerationAction":
        """Return an unsaved entry about a post, a comment or a person."""
        action = cls(moderator=moderator, verb=verb, **fields)
        if isinstance(target, User):
            action.person = target
        else:
            action.person = target.author
            action.post_id, action.comment_id = target.subject
        action.target = target_of(action.person_id, action.post_id, action.comment_id)
        return action

    def enter(self) -> list[int]:
        """Store this entry, close the reports that it answers, and notify the person.

        Call it in the transaction of what is done. Return the ids of those notified.
        """
        self.save(force_insert=True)
        if self.verb in ANSWERS_REPORTS:
            Report.objects.about(self.target).close(self.pk)
        if self.verb == Verb.PURGE:
            Report.objects.filter(person=self.person_id).close(self.pk)
        if self.verb in (Verb.DISMISS, Verb.PURGE):
            return []
        kinds = {self.person: NotificationKind.MODERATED}
        return Notification.objects.notify(
            kinds, self.moderator_id, self.post_id, self.comment_id, self.pk
        )

    @property
    def is_about_person(self) -> bool:
        return self.verb in ABOUT_PEOPLE

    @property
    def item(self) -> Post | Comment | User:
        """What it was done to."""
        return self.comment or self.post or self.person

    @property
    def appeal_until(self) -> datetime:
        return self.at + APPEAL_WITHIN

    @property
    def can_be_appealed(self) -> bool:
        """Whether its person may appeal: it can be, was not, and is not too long ago."""
        in_time = timezone.now() < self.appeal_until
        return self.verb in APPEALABLE and in_time and getattr(self, "appeal", None) is None


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> Self:
        return self.filter(answered_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, appeal_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=appeal_id)

    def with_details(self) -> Self:
        return self.select_related(
            "action__moderator", "action__person", "action__post", "action__comment__post",
            "answered_by",
        )  # fmt: skip


class Appeal(models.Model):
    """What somebody says against an action that concerns them: once, and answered once."""

    action = models.OneToOneField(ModerationAction, on_delete=models.PROTECT, related_name="appeal")
    text = models.CharField("why it should be taken back", max_length=MOST_CHARACTERS)
    at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    taken_back = models.BooleanField(default=False)
    answer = models.CharField(max_length=MOST_CHARACTERS, blank=True)

    objects = AppealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"appeal against {self.action}"

    def may_be_answered_by(self, moderator: User) -> bool:
        """Whether they may answer: not whom it concerns, and somebody else than who acted.

        Where there is no other moderator, whoever acted may.
        """
        action = self.action
        if self.answered_at or not moderator.may_act_on(action.person):
            return False
        if moderator.is_superuser or moderator.pk != action.moderator_id:
            return True
        involved = (action.moderator_id, action.person_id)
        return not User.objects.moderators().exclude(pk__in=involved).exists()
