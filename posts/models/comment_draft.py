"""Drafts of comments: kept on the server while their authors type, for them alone."""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from posts.models.comment import Comment
from posts.models.post import Post

KEPT_FOR = timedelta(days=90)
"""How long a draft that nobody touches is kept."""

MOST_COMMENT_DRAFTS = 50
"""How many of one author are kept at once. Beyond that the oldest are deleted."""

LATE_FOR = timedelta(seconds=30)
"""How long after a comment a pause in typing may still be reported: longer than its request may
take (_comment_form.html)."""

LONGEST = 10_000
"""Characters that are kept: more than a comment may have, as its author may still cut it down."""


class CommentDraftQuerySet(models.QuerySet["CommentDraft"]):
    def of(
        self, author: AbstractBaseUser, post_id: int | models.OuterRef, parent_id: int | None
    ) -> Self:
        """The draft of a comment on this post; of a reply to the comment `parent_id`."""
        return self.filter(author_id=author.pk, post_id=post_id, parent_id=parent_id)

    def keep(
        self,
        author: AbstractBaseUser,
        post_id: int,
        parent_id: int | None,
        body: str,
        submission: uuid.UUID | None = None,
    ) -> None:
        """Keep the text typed so far; delete the draft when the text is blank.

        A pause in typing may be reported after the form itself has been sent. So this keeps nothing
        of a `submission` that has just become a comment. Later it is another comment, typed into
        the same form after Back.
        """
        mine = self.of(author, post_id, parent_id)
        if not body.strip():
            mine.delete()
            return
        sent = Comment.objects.filter(created_at__gt=timezone.now() - LATE_FOR)
        if submission and sent.filter(submission=submission).exists():
            return
        _, is_new = self.update_or_create(
            author_id=author.pk,
            post_id=post_id,
            parent_id=parent_id,
            defaults={"body": body[:LONGEST], "kept_at": timezone.now()},
        )
        if is_new:
            latest = self.filter(author_id=author.pk).order_by("-kept_at", "-pk")
            surplus = list(latest.values_list("pk", flat=True)[MOST_COMMENT_DRAFTS:])
            self.filter(pk__in=surplus).delete()

    def stale(self) -> Self:
        """Drafts that nobody has touched for KEPT_FOR."""
        return self.filter(kept_at__lt=timezone.now() - KEPT_FOR)


class CommentDraft(models.Model):
    """A comment on a post, or a reply to a comment, as far as it was typed."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comment_drafts"
    )
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comment_drafts")
    # The comment that it replies to.
    parent = models.ForeignKey(Comment, on_delete=models.CASCADE, null=True, related_name="drafts")
    body = models.TextField(max_length=LONGEST)
    kept_at = models.DateTimeField()

    objects = CommentDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "post"],
                name="one_comment_draft_for_each_post",
                condition=models.Q(parent=None),
            ),
            models.UniqueConstraint(fields=["author", "parent"], name="one_draft_for_each_reply"),
        ]
        indexes = [models.Index(fields=["kept_at"], name="comment_draft_by_age")]

    def __str__(self) -> str:
        return f"draft of a comment on post {self.post_id}"
