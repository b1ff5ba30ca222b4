"""Which posts: of a list, of a book, of an author, found by their words."""

from typing import Protocol, Self, TypeVar

from django.db import models

from accounts.models import User
from posts.models.likeable import Likeable
from posts.search.document import SearchDocument

# Stands for Post, which imports this file.
PostT = TypeVar("PostT", bound=Likeable)


class ListedPosts(Protocol):
    """A queryset of posts; or of rows that stand for one post each, such as taggings."""

    def visible(self) -> Self: ...

    def newest_first(self) -> Self: ...

    def older_than(self, post_id: int, /) -> Self: ...

    def post_ids(self) -> "models.QuerySet[models.Model, int]": ...


class PostQuerySet(models.QuerySet[PostT]):
    def visible(self) -> Self:
        """Posts that have not been removed."""
        return self.filter(removed_at=None)

    def removed_by_authors(self) -> Self:
        """Posts whose author has removed them, and no moderator."""
        return self.filter(removed_at__isnull=False, taken_down="")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, post_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=post_id)

    def by(self, author_id: int) -> Self:
        return self.filter(author_id=author_id)

    def followed_by(self, reader: User) -> Self:
        """Posts of authors whom this reader follows."""
        return self.filter(author__followers__follower=reader)

    def of_book(self, key: str) -> Self:
        """Posts of the same book: same title and author."""
        return self.filter(book_key=key)

    def also_about(self, key: str, *, but: int) -> Self:
        """Visible posts of this book with their authors, newest first, without the post `but`."""
        others = self.visible().of_book(key).exclude(pk=but)
        return others.select_related("author").newest_first()

    def key_posts(self) -> Self:
        """Posts that moderators have marked as key posts of the blog."""
        return self.filter(is_key=True)

    def pinned(self) -> PostT | None:
        """Return the post pinned last, for the top of the front page; None when it is removed."""
        pins = self.filter(pinned_at__isnull=False).order_by("-pinned_at")
        last = pins.select_related("author", "cover").first()
        return last if last and not last.removed_at else None

    def post_ids(self) -> "models.QuerySet[PostT, int]":
        return self.values_list("pk", flat=True)

    def first_of(self, listed: ListedPosts, most: int) -> Self:
        """Return the newest visible posts of a list.

        The database walks an index, in which their ids are all there is, until it has enough.
        """
        ids = listed.visible().newest_first().post_ids()[:most]
        return self.filter(pk__in=ids).newest_first()

    def editable_by(self, user: User) -> Self:
        """Posts that this user may edit and remove: their own."""
        return self.by(user.pk)

    def markable_by(self, user: User) -> Self:
        """Posts that this user may pin and mark as key posts: moderators may."""
        return self if user.may_mark_posts else self.none()

    def search(self, text: str, most: int = 50) -> list[PostT]:
        """Find visible posts by what people would type, the best first. Three queries at most."""
        ids = SearchDocument.objects.matching(text, most)
        found = self.visible().with_details().in_bulk(ids) if ids else {}
        return [found[pk] for pk in ids if pk in found]

    def with_details(self) -> Self:
        """Fetch what a fragment shows along with the posts: two queries for any number."""
        return self.select_related("author", "cover").prefetch_related("tags")
