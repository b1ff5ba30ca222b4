"""What readers say in a book's room."""

import uuid
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from posts.log import Change, Kind, record
from posts.models.like import Like
from posts.models.notification import Notification, mentioned_in
from posts.models.post import Post

MOST_REPLIES = 50
"""How many replies are shown below a comment, the latest; the others have a page of their own."""


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible(self) -> Self:
        """Comments that have not been removed."""
        return self.filter(removed_at=None)

    def shown(self) -> Self:
        """Comments that have a place on the page: visible ones, and what others replied to."""
        replies = Comment.objects.visible().filter(parent=OuterRef("pk"))
        return self.filter(Q(removed_at=None) | Exists(replies))

    def opening(self) -> Self:
        """Comments that are no replies."""
        return self.filter(parent=None)

    def oldest_first(self) -> Self:
        return self.order_by("pk")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, comment_id: int) -> Self:
        """The keyset of the earlier page."""
        return self.filter(pk__lt=comment_id)

    def newer_than(self, comment_id: int) -> Self:
        return self.filter(pk__gt=comment_id)

    def editable_by(self, user: AbstractBaseUser) -> Self:
        """Comments that this user may edit and remove: their own; staff may all."""
        return self if user.is_staff else self.filter(author=user)

    def with_details(self) -> Self:
        """Fetch what a fragment shows along with the comments: two queries for any number."""
        latest = Comment.objects.visible().select_related("author", "post").newest_first()
        return self.select_related("author", "post").prefetch_related(
            Prefetch("replies", queryset=latest[: MOST_REPLIES + 1], to_attr="latest_replies")
        )


class Comment(models.Model):
    """One contribution to the conversation on a post, or a reply to one."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    # One level: what is replied to is itself no reply.
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments"
    )
    body = models.TextField("your comment", max_length=5_000)
    # Drawn with the form: the second of two clicks on "Say it" brings the same one.
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class AlreadyPublished(Exception):
        """This submission has become a comment before."""

    class Gone(Exception):
        """What it is about, or the comment itself, has been removed."""

    class Meta:
        indexes = [
            models.Index(
                fields=["post", "-id"], name="opening_comments", condition=models.Q(parent=None)
            ),
            models.Index(fields=["parent", "-id"], name="replies_of_a_comment"),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.post_id}"

    def get_absolute_url(self) -> str:
        """The permalink: it leads to the page of the conversation that holds the comment."""
        return reverse("posts:comment", args=[self.post_id, self.pk])

    @property
    def replies_shown(self) -> list["Comment"]:
        """The latest replies, oldest first, of a comment that was fetched `with_details`."""
        return self.latest_replies[:MOST_REPLIES][::-1] if hasattr(self, "latest_replies") else []

    @property
    def has_earlier_replies(self) -> bool:
        """Whether there are more than `replies_shown`."""
        return len(getattr(self, "latest_replies", ())) > MOST_REPLIES

    def is_editable_by(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether this user may edit and remove the comment."""
        return user.is_authenticated and (user.is_staff or user.pk == self.author_id)

    def publish(self) -> Change:
        """Store this new comment and the change that says so.

        Raises Gone when the post or the comment that it replies to has been removed, and
        AlreadyPublished when its `submission` has become a comment before.
        """
        try:
            with transaction.atomic():
                self._count(+1)
                if self.parent_id and not self._siblings.filter(pk=self.parent_id).exists():
                    raise self.Gone
                self.save(force_insert=True)
                told = Notification.objects.of_comment(self, mentioned_in(self.body), is_new=True)
                return self._record(Kind.COMMENT_CREATED, told)
        except IntegrityError:
            if Comment.objects.filter(submission=self.submission).exists():
                raise self.AlreadyPublished from None
            raise

    @property
    def _siblings(self) -> CommentQuerySet:
        return Comment.objects.visible().opening().filter(post_id=self.post_id)

    def revise(self, body: str) -> Change:
        """Store what the comment says now. Raises Gone when it has been removed."""
        with transaction.atomic():
            there = Comment.objects.visible().filter(pk=self.pk)
            before = there.values_list("body", flat=True).first()
            self.body, self.edited_at = body, timezone.now()
            if before is None or not there.update(body=body, edited_at=self.edited_at):
                raise self.Gone
            new = mentioned_in(body) - mentioned_in(before)
            told = Notification.objects.of_comment(self, new, is_new=False)
            return self._record(Kind.COMMENT_EDITED, told)

    def remove(self) -> Change:
        """Take this comment off every page; what others replied to leaves a tombstone.

        Raises Gone when that has been done, or the post has been removed.
        """
        with transaction.atomic():
            self.removed_at = timezone.now()
            there = Comment.objects.visible().filter(pk=self.pk)
            if not there.update(removed_at=self.removed_at):
                raise self.Gone
            self._count(-1)
            return self._record(Kind.COMMENT_REMOVED)

    def like(self, user: AbstractBaseUser, liked: bool) -> Change | None:
        """Have this user like the comment, or not; None when that was so before. Raises Gone."""
        with transaction.atomic():
            by = Like.objects.put(user, self.post, self, liked)
            there = Comment.objects.visible().filter(pk=self.pk)
            if not there.update(likes_count=F("likes_count") + by):
                raise self.Gone
            if not by:
                return None
            told = Notification.objects.of_like(user, self.post, self, by)
            return self._record(Kind.COMMENT_LIKED, told)

    def _count(self, by: int) -> None:
        # It locks the post as well: what is read of it next stays true.
        there = Post.objects.visible().filter(pk=self.post_id)
        if not there.update(comments_count=F("comments_count") + by):
            raise self.Gone

    def _record(self, kind: Kind, told: Iterable[int] = ()) -> Change:
        return record(
            kind,
            post_id=self.post_id,
            author_id=self.post.author_id,
            comment_id=self.pk,
            parent_id=self.parent_id,
            users=told,
        )
