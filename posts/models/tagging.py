"""Which post has which tag."""

from typing import Self

from django.db import models

from posts.models.post import Post
from posts.models.tag import Tag


class TaggingQuerySet(models.QuerySet["Tagging"]):
    """Has the methods of a queryset of posts that lists need; each tagging stands for one post.

    A tag's list is read from here, along one index: from the posts, a database would have to
    choose between walking all of them and sorting all of the tag's.
    """

    def of(self, tag: Tag) -> Self:
        return self.filter(tag=tag)

    def visible(self) -> Self:
        """Taggings of posts that have not been removed.

        Looks up each post by itself. A join leaves the order to the database: PostgreSQL took all
        posts, from the newest down to the page, beside those of the tag.
        """
        removed_at = Post.objects.filter(pk=models.OuterRef("post_id")).values("removed_at")
        return self.alias(removed_at=models.Subquery(removed_at)).filter(removed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-post_id")

    def older_than(self, post_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(post_id__lt=post_id)

    def post_ids(self) -> "models.QuerySet[Tagging, int]":
        return self.values_list("post_id", flat=True)


class Tagging(models.Model):
    """A tag on a post."""

    # Both are found by the two indexes below.
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="taggings", db_index=False
    )
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = TaggingQuerySet.as_manager()

    class Meta:
        db_table = "posts_post_tags"
        unique_together = [("post", "tag")]
        indexes = [models.Index(fields=["tag", "-post"], name="tagging_newest_first")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.post_id}"
