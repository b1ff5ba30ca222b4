from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

if TYPE_CHECKING:
    from posts.models.post import Post


class Revision(models.Model):
    """What a post said before an edit."""

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    title = models.CharField(max_length=200)
    book_author = models.CharField(max_length=200)
    body = models.TextField()
    rating = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    edited_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "version"], name="one_revision_for_each_version"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version} of post {self.post_id}"

    @classmethod
    def keep(cls, before: "Post", version: int, editor: AbstractBaseUser | None) -> None:
        """Store what `before` says, which was its `version` until `editor` changed it just now."""
        cls.objects.create(
            post=before,
            version=version,
            editor=editor,
            title=before.title,
            book_author=before.book_author,
            body=before.body,
            rating=before.rating,
        )
