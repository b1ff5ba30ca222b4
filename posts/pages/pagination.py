"""Keyset pagination: each page begins below the last row of the page before it.

The address of a page names that row (`?before=`). So a page takes the same few queries however deep
it is, and shows the same whatever arrives above it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, Protocol, Self, TypeVar

from django.db.models import Exists

from posts.models import Post
from posts.models.post_queryset import ListedPosts

PAGE_SIZE = 20
"""Posts on a page of a list."""

Row = TypeVar("Row")
RowOut = TypeVar("RowOut", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows to show, and where the next page begins."""

    rows: list[Row]
    before: Any
    """The key of the row that this page begins below; None on the first page."""
    older: Any
    """The key of the row that the next page begins below; None when this is the last page."""

    @property
    def end(self) -> str | None:
        """A number just below the last row's: what is sorted in below it is not on this page."""
        return None if self.older is None else f"{self.older - 1}.5"


class Keyset(Protocol[RowOut]):
    """A queryset in an order of its own, which knows what is below one of its rows."""

    def older_than(self, key: Any, /) -> Self: ...

    def __getitem__(self, rows: slice, /) -> Iterable[RowOut]: ...


def read_page(
    listed: Keyset[Row],
    size: int,
    before: Any = None,
    *,
    key: Callable[[Row], Any] = attrgetter("pk"),
) -> Page[Row]:
    """Read the page of `size` rows below the row with the key `before`. One query."""
    if before is not None:
        listed = listed.older_than(before)
    return cut_page(listed[: size + 1], size, before, key=key)


def cut_page(
    rows: Iterable[Row],
    size: int,
    before: Any = None,
    *,
    key: Callable[[Row], Any] = attrgetter("pk"),
) -> Page[Row]:
    """Return the page of the first `size` rows. There is a next page when `rows` has more."""
    found = list(rows)
    older = key(found[size - 1]) if len(found) > size else None
    return Page(found[:size], before, older)


def read_posts(listed: ListedPosts, before: int | None, **also: Exists) -> Page[Post]:
    """Read the page of a list of posts below the post `before`. Two queries.

    `also` are annotations of the posts: what a page has to know beside them, without another query.
    """
    if before is not None:
        listed = listed.older_than(before)
    posts = Post.objects.first_of(listed, PAGE_SIZE + 1).with_details().annotate(**also)
    return cut_page(posts, PAGE_SIZE, before)
