"""Pages of lists of posts: read once while nothing has changed, and seen by each viewer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Exists
from django.http import HttpRequest

from accounts.models import User
from bookshelf.ids import id_or_404
from bookshelf.log import Cursor
from posts.models import Post, Tag
from posts.models.post_queryset import ListedPosts
from posts.pages.kept_fragments import Card
from posts.pages.kept_readings import Key, kept_reading, size_of
from posts.pages.narrow_changes import Touched, counts_now
from posts.pages.pagination import Page, read_posts
from posts.pages.shown_rows import Shown, shown_by
from posts.pages.viewer_state import Viewer, cards_as_seen_by


class Listing(NamedTuple):
    """A page of a list, whose list it is, and what is pinned above it."""

    page: Page[Card]
    owner: User | Tag | None
    pinned: Card | None


class SeenListing(NamedTuple):
    """The same as its viewer sees it."""

    page: Page[Card]
    owner: User | Tag | None
    pinned: Card | None
    shown: Shown
    """The people and tags on it."""


@dataclass(frozen=True)
class ListToRead:
    """A list of posts: all, or somebody's, or those of a tag, …"""

    name: str
    """What tells it from other lists."""
    posts: Callable[[Any], ListedPosts]
    """Returns the posts of the owner."""
    owner: Callable[[], User | Tag | None] = lambda: None
    """Reads whose list it is. Raises Http404."""
    with_pinned: bool = False
    also: dict[str, Exists] = field(default_factory=dict)
    """Annotations of the posts: what the page has to know beside them, without another query."""


@dataclass(frozen=True)
class ListingToRead:
    """A page of a list: the posts below the post `before`."""

    list: ListToRead
    before: int | None

    @property
    def key(self) -> Key:
        return "list", self.list.name, self.before

    def read(self) -> Listing:
        owner = self.list.owner()
        is_first = self.before is None
        has_pinned = self.list.with_pinned and is_first
        pinned = Post.objects.with_details().pinned() if has_pinned else None
        page = cards_on(read_posts(self.list.posts(owner), self.before, **self.list.also))
        return Listing(page, owner, Card(pinned) if pinned else None)

    def read_again(self, value: Listing, touched: Touched) -> Listing:
        page = value.page
        # What is pinned shows no counts.
        counts = counts_now({card.post.pk for card in page.rows} & touched.keys())
        if not counts:
            return value
        rows = [
            card.counted(counts[card.post.pk]) if card.post.pk in counts else card
            for card in page.rows
        ]
        return value._replace(page=Page(rows, page.before, page.older))

    def about(self, value: Listing) -> tuple[Shown, int]:
        cards = [card for card in (*value.page.rows, value.pinned) if card is not None]
        people = [value.owner] if isinstance(value.owner, User) else []
        tags = [value.owner] if isinstance(value.owner, Tag) else []
        shown = shown_by(people=people, tags=tags).and_of(*(card.shown for card in cards))
        return shown, size_of(card.post for card in cards)


def read_listing(request: HttpRequest, cursor: Cursor, what: ListToRead) -> SeenListing:
    """Read the page of a list that `?before=<post id>` names, as the viewer sees it.

    `cursor` is the log's. Four queries, or the one of the viewer when it is kept, beside the one
    that says so. Raises Http404 when `before` is not an id.
    """
    before = id_or_404(request.GET.get("before"))
    reading = kept_reading(ListingToRead(what, before), cursor)
    page, owner, pinned = reading.value
    return SeenListing(page_as_seen_by(request.user, page), owner, pinned, reading.shown)


def cards_on(page: Page[Post]) -> Page[Card]:
    """Return the same page as cards."""
    return Page([Card(post) for post in page.rows], page.before, page.older)


def page_as_seen_by(viewer: Viewer, page: Page[Card]) -> Page[Card]:
    """Return the same page with what the viewer has done. One query; none for a guest."""
    return Page(cards_as_seen_by(viewer, page.rows), page.before, page.older)
