from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class LikeQuerySet(models.QuerySet["Like"]):
    def about(self, post_id: int, comment_id: int | None = None) -> Self:
        """Likes of a post, or with `comment_id` of a comment on it."""
        return self.filter(post=post_id, comment=comment_id)

    def of_posts(self) -> Self:
        return self.filter(comment=None)

    def of(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user)

    def latest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, like_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=like_id)

    def put(self, user_id: int, post_id: int, comment_id: int | None, liked: bool) -> int:
        """Have it liked by this user, or not. Return by how much the count changes: 1, 0 or -1.

        Raises IntegrityError when it is liked already, which ends the transaction.
        """
        ids: dict[str, Any] = {"user_id": user_id, "post_id": post_id, "comment_id": comment_id}
        if not liked:
            return -self.filter(**ids).delete()[0]
        self.create(**ids)
        return 1


class Like(models.Model):
    """Somebody likes a post; or, with `comment`, a comment on it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="likes")
    comment = models.ForeignKey(
        "posts.Comment", on_delete=models.CASCADE, null=True, related_name="likes"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LikeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "user"],
                name="a_post_is_liked_once",
                condition=models.Q(comment=None),
            ),
            models.UniqueConstraint(fields=["comment", "user"], name="a_comment_is_liked_once"),
        ]
        indexes = [
            models.Index(
                fields=["post", "-id"], name="likes_of_a_post", condition=models.Q(comment=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.comment_id or self.post_id}"
