"""Pages of lists of posts: read once while nothing has changed, and seen by each viewer."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists
from django.http import HttpRequest

from bookshelf.ids import id_or_404
from bookshelf.log import Cursor
from posts.models import Post
from posts.models.post_queryset import ListedPosts, PostQuerySet
from posts.pages.kept_fragments import Card
from posts.pages.kept_readings import Key, kept_reading, size_of
from posts.pages.narrow_changes import Touched
from posts.pages.pagination import Page, read_posts
from posts.pages.shown_rows import Shown, shown_by
from posts.pages.viewer_state import Viewer, cards_as_seen_by


class Listing(NamedTuple):
    """A page of a list, and what is pinned above it."""

    page: Page[Card]
    pinned: Card | None


class SeenListing(NamedTuple):
    """The same as its viewer sees it."""

    page: Page[Card]
    pinned: Card | None
    shown: Shown
    """The people and tags on it."""


@dataclass(frozen=True)
class ListingToRead:
    """A page of a list, from the post below `before` on."""

    list_key: Key
    listed: ListedPosts
    before: int | None
    with_pinned: bool
    also: dict[str, Exists]

    @property
    def key(self) -> Key:
        return (*self.list_key, self.before)

    def read(self) -> Listing:
        is_first = self.before is None
        pinned = self._posts().pinned() if self.with_pinned and is_first else None
        page = cards_on(read_posts(self.listed, self.before, **self.also))
        return Listing(page, Card(pinned) if pinned else None)

    def read_again(self, value: Listing, touched: Touched) -> Listing | None:
        page, pinned = value
        cards = [*page.rows, *([pinned] if pinned else [])]
        ids = {card.post.pk for card in cards} & touched.keys()
        if not ids:
            return value
        found = self._posts().visible().in_bulk(ids)
        if ids != found.keys():
            return None
        new = {pk: Card(post) for pk, post in found.items()}
        rows = [new.get(card.post.pk, card) for card in page.rows]
        return Listing(
            Page(rows, page.before, page.older), pinned and new.get(pinned.post.pk, pinned)
        )

    def about(self, value: Listing) -> tuple[Shown, int]:
        posts = [card.post for card in (*value.page.rows, value.pinned) if card is not None]
        return shown_by(posts), size_of(posts)

    def _posts(self) -> PostQuerySet[Post]:
        return Post.objects.with_details().annotate(**self.also)


def read_listing(
    request: HttpRequest,
    key: Key,
    cursor: Cursor,
    listed: ListedPosts,
    *,
    with_pinned: bool = False,
    **also: Exists,
) -> SeenListing:
    """Read the page of a list that `?before=<post id>` names, as the viewer sees it.

    `key` is that of the list, `cursor` the log's. Four queries, or the one of the viewer when it
    is kept, beside those that say so. `also` are annotations of the posts. Raises Http404 when
    `before` is not an id.
    """
    before = id_or_404(request.GET.get("before"))
    reading = kept_reading(ListingToRead(key, listed, before, with_pinned, also), cursor)
    page, pinned = reading.value
    return SeenListing(page_as_seen_by(request.user, page), pinned, reading.shown)


def cards_on(page: Page[Post]) -> Page[Card]:
    """Return the same page as cards."""
    return Page([Card(post) for post in page.rows], page.before, page.older)


def page_as_seen_by(viewer: Viewer, page: Page[Card]) -> Page[Card]:
    """Return the same page with what the viewer has done. One query; none for a guest."""
    return Page(cards_as_seen_by(viewer, page.rows), page.before, page.older)
