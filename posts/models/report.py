"""Reports: what readers tell moderators about a post, a comment or a person."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

MOST_CHARACTERS = 1_000


class Reason(models.TextChoices):
    """Why something is reported, or a moderator does something about it."""

    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insults, threats or harassment")
    SPOILER = "spoiler", _("A spoiler without its marks")
    PRIVATE = "private", _("Private facts about somebody")
    COPYRIGHT = "copyright", _("Copied from somebody else")
    ILLEGAL = "illegal", _("Against the law")
    OTHER = "other", _("Something else")


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        """Reports that no moderator has answered."""
        return self.filter(closed_at=None)

    def about(self, target: str) -> Self:
        return self.filter(target=target)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def file(
        self,
        reporter: User,
        reason: str,
        text: str = "",
        *,
        person: User,
        post_id: int | None = None,
        comment_id: int | None = None,
    ) -> "Report":
        """Report a post, a comment on one, or its author `person`; the same twice is one report."""
        target = target_of(person.pk, post_id, comment_id)
        report, _ = self.get_or_create(
            reporter=reporter,
            target=target,
            closed_at=None,
            defaults={
                "reason": reason,
                "text": text,
                "person": person,
                "post_id": post_id,
                "comment_id": comment_id,
            },
        )
        return report

    def close(self, action_id: int | None) -> int:
        """Close these reports, answered by this action. Return how many were open."""
        return self.open().update(closed_at=timezone.now(), action=action_id)

    def open_targets(self) -> Any:
        """Return what has open reports, the last reported first.

        Rows with `target`, `latest` (the id of the latest report) and `count`.
        """
        targets = (
            self.open()
            .order_by()
            .values("target")
            .annotate(latest=models.Max("pk"), count=models.Count("pk"))
        )
        return targets.order_by("-latest")


class Report(models.Model):
    """What one reader told of one thing. `target` names it: "post-5", "comment-9", "person-7"."""

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports"
    )
    target = models.CharField(max_length=30)
    # The author, or the person reported.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports_about"
    )
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, null=True, related_name="+")
    comment = models.ForeignKey(
        "posts.Comment", on_delete=models.CASCADE, null=True, related_name="+"
    )
    reason = models.CharField("what is wrong", max_length=10, choices=Reason)
    text = models.CharField("in your words", max_length=MOST_CHARACTERS, blank=True)
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    action = models.ForeignKey(
        "posts.ModerationAction", on_delete=models.SET_NULL, null=True, related_name="reports"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "target"],
                name="one_open_report_of_each",
                condition=models.Q(closed_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["target", "-id"],
                name="open_reports",
                condition=models.Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.target}"


def target_of(person_id: int, post_id: int | None, comment_id: int | None) -> str:
    """Return the name of what a report or an action is about."""
    if comment_id is not None:
        return f"comment-{comment_id}"
    return f"person-{person_id}" if post_id is None else f"post-{post_id}"
