from typing import Self

from django.conf import settings
from django.db import models, transaction

from accounts.models import Block, User


class FollowQuerySet(models.QuerySet["Follow"]):
    def by(self, follower: User) -> Self:
        return self.filter(follower=follower)

    def followers_of(self, author_id: int) -> list[User]:
        """Return those who follow this author. One query."""
        return [each.follower for each in self.filter(author=author_id).select_related("follower")]

    def latest_authors(self, most: int) -> list[int]:
        """Return the ids of the authors followed last, at most `most`."""
        return list(self.order_by("-pk").values_list("author", flat=True)[:most])

    def put(self, follower: User, author: User, following: bool) -> None:
        """Have `follower` follow the author, or not. Repeating is harmless. Raises Blocked."""
        if following:
            with transaction.atomic():
                Block.objects.refuse(follower.pk, author.pk)
                self.get_or_create(follower=follower, author=author)
        else:
            self.filter(follower=follower, author=author).delete()


class Follow(models.Model):
    """Somebody wants to read what an author posts. Nobody else is notified of that."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="following"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followers"
    )
    since = models.DateTimeField(auto_now_add=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "author"], name="followed_once"),
            models.CheckConstraint(
                name="nobody_follows_themselves",
                condition=~models.Q(follower=models.F("author")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.author_id}"
