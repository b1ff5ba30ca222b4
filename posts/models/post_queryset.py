"""Which posts: of a list, of a book, of an author, found by their words."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from posts.models.search import SearchDocument
from posts.models.tagging import TaggingQuerySet

if TYPE_CHECKING:
    from posts.models.post import Post


class PostQuerySet(models.QuerySet["Post"]):
    def visible(self) -> Self:
        """Posts that have not been removed."""
        return self.filter(removed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, post_id: int) -> Self:
        """The keyset of the next page: what stands below this post."""
        return self.filter(pk__lt=post_id)

    def by(self, author_id: int) -> Self:
        return self.filter(author_id=author_id)

    def followed_by(self, reader: AbstractBaseUser) -> Self:
        return self.filter(author__followers__follower=reader)

    def of_book(self, key: str) -> Self:
        """Posts of the same book: same title and author."""
        return self.filter(book_key=key)

    def also_about(self, post: "Post") -> Self:
        """Visible posts of the same book as this one, with their authors, newest first."""
        others = self.visible().of_book(post.book_key).exclude(pk=post.pk)
        return others.select_related("author").newest_first()

    def key_posts(self) -> Self:
        """Posts that staff have marked as key posts of the blog."""
        return self.filter(is_key=True)

    def pinned(self) -> "Post | None":
        """The post on top of the front page: the one pinned last, unless it has been removed."""
        pins = self.filter(pinned_at__isnull=False).order_by("-pinned_at")
        last = pins.select_related("author", "cover").first()
        return last if last and not last.removed_at else None

    def post_ids(self) -> models.QuerySet:
        return self.values_list("pk", flat=True)

    def first_of(self, listed: "PostQuerySet | TaggingQuerySet", most: int) -> Self:
        """Return the newest visible posts of a list.

        Their ids alone are in an index, which the database walks until it has enough of them.
        """
        ids = listed.visible().newest_first().post_ids()[:most]
        return self.filter(pk__in=ids).newest_first()

    def editable_by(self, user: AbstractBaseUser) -> Self:
        """Posts that this user may edit and remove: their own; staff may all."""
        return self if user.is_staff else self.by(user.pk)

    def markable_by(self, user: AbstractBaseUser) -> Self:
        """Posts that this user may pin and mark as key posts: staff may."""
        return self if user.is_staff else self.none()

    def search(self, text: str, most: int = 50) -> list["Post"]:
        """Find visible posts by what people would type, the best first. Three queries at most."""
        ids = SearchDocument.objects.matching(text, most)
        found = self.visible().with_details().in_bulk(ids) if ids else {}
        return [found[pk] for pk in ids if pk in found]

    def with_details(self) -> Self:
        """Fetch what a fragment shows along with the posts: two queries for any number."""
        return self.select_related("author", "cover").prefetch_related("tags")
