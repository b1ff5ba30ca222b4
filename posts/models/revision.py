from typing import Self

from django.conf import settings
from django.db import models

from bookshelf.line_field import LineField


class RevisionQuerySet(models.QuerySet["Revision"]):
    def older_than(self, version: int) -> Self:
        """The keyset of the next page of edits: below the edit that led to this version."""
        return self.filter(version__lt=version - 1)


class Revision(models.Model):
    """The texts of a post before an edit."""

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    title = LineField(max_length=200)
    book_author = LineField(max_length=200)
    body = models.TextField()
    rating = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    edited_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "version"], name="one_revision_for_each_version"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version} of post {self.post_id}"
