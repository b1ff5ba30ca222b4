from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

if TYPE_CHECKING:
    from posts.models.comment import Comment
    from posts.models.post import Post


class LikeQuerySet(models.QuerySet["Like"]):
    def of_posts(self) -> "LikeQuerySet":
        return self.filter(comment=None)

    def of(self, user: AbstractBaseUser) -> "LikeQuerySet":
        return self.filter(user=user)

    def latest_first(self) -> "LikeQuerySet":
        return self.order_by("-pk")

    def page_of(self, post: "Post", before: int | None, most: int) -> list["Like"]:
        """Return at most `most` likes of a post with their users, older than like `before`."""
        likes = self.of_posts().filter(post=post).select_related("user").latest_first()
        return list((likes if before is None else likes.filter(pk__lt=before))[:most])

    def put(
        self, user: AbstractBaseUser, post: "Post", comment: "Comment | None", liked: bool
    ) -> int:
        """Have it liked by this user, or not. Return by how much the count changes: 1, 0 or -1."""
        if not liked:
            return -self.filter(user=user, post=post, comment=comment).delete()[0]
        _, is_new = self.get_or_create(user=user, post=post, comment=comment)
        return int(is_new)


class Like(models.Model):
    """Somebody likes a post; or, with `comment`, a comment on it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
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
