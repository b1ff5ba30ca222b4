"""Pages of lists of posts: read once while nothing has changed, and seen by each viewer."""

from typing import NamedTuple

from django.db.models import Exists
from django.http import HttpRequest

from bookshelf.ids import id_or_404
from bookshelf.log import Cursor
from posts.models import Post
from posts.models.post_queryset import ListedPosts
from posts.pages.kept_fragments import Card
from posts.pages.kept_readings import Key, Reading, kept_reading, size_of
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

    `key` is that of the list, `cursor` the log's. Four queries, or the two of the viewer when it
    is kept. `also` are annotations of the posts. Raises Http404 when `before` is not an id.
    """
    before = id_or_404(request.GET.get("before"))

    def read() -> Listing:
        pinned = Post.objects.with_details().pinned() if with_pinned and before is None else None
        page = cards_on(read_posts(listed, before, **also))
        return Listing(page, Card(pinned) if pinned else None)

    reading: Reading[Listing] = kept_reading((*key, before), cursor, read, about)
    page, pinned = reading.value
    return SeenListing(page_as_seen_by(request.user, page), pinned, reading.shown)


def cards_on(page: Page[Post]) -> Page[Card]:
    """Return the same page as cards."""
    return Page([Card(post) for post in page.rows], page.before, page.older)


def page_as_seen_by(viewer: Viewer, page: Page[Card]) -> Page[Card]:
    """Return the same page with what the viewer has done. Two queries; none for a guest."""
    return Page(cards_as_seen_by(viewer, page.rows), page.before, page.older)


def about(listing: Listing) -> tuple[Shown, int]:
    """Return the people and tags of a listing, and the bytes that it takes."""
    posts = [card.post for card in (*listing.page.rows, listing.pinned) if card is not None]
    return shown_by(posts), size_of(posts)
