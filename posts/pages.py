"""Keyset pagination: older pages hang from the last post of the one before."""

from typing import NamedTuple

from django.http import Http404, HttpRequest

from posts.models import Post
from posts.models.post_queryset import PostQuerySet
from posts.models.tagging import TaggingQuerySet

PAGE_SIZE = 20


class Page(NamedTuple):
    """Posts to show, newest first."""

    posts: list[Post]
    before: int | None
    """The post that this page hangs from; None on the first page."""
    older: int | None
    """The post that the next page hangs from; None when this is the last."""

    @property
    def end(self) -> str | None:
        """A number just below the last post's: what comes to stand under it is not on this page."""
        return self.older and f"{self.older - 1}.5"


def read_page(request: HttpRequest, listed: PostQuerySet | TaggingQuerySet) -> Page:
    """Read the page of what is listed that `?before=<post id>` asks for. Two queries, however deep.

    Raises Http404 when `before` is not an id.
    """
    before = id_of(request.GET.get("before"))
    if before is not None:
        listed = listed.older_than(before)
    rows = list(Post.objects.first_of(listed, PAGE_SIZE + 1).with_details())
    older = rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None
    return Page(rows[:PAGE_SIZE], before, older)


def id_of(text: str | None) -> int | None:
    """Return the id of a page's address, None without one. Raises Http404 when it is not an id."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404("That is no id.")
    return int(text)
