"""What pages show of people and tags: these may change without a change in the log.

A page that is kept (posts/pages/page_cache.py, posts/pages/kept_readings.py) is valid while the log
is where it was and these rows are what they were, by value.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from accounts.models import User
from posts.models import Comment, Post, Shelf, Tag

Rows = frozenset[tuple[Any, ...]]
"""Values of rows; each begins with the row's id."""

PERSON = ("pk", "username", "name", "avatar", "about", "left_at", "purged_at")
TAG = ("pk", "slug", "name")


class Shown(NamedTuple):
    """The rows beside the posts and comments that a page was drawn from."""

    people: Rows = frozenset()
    tags: Rows = frozenset()
    shelves: Rows = frozenset()
    """Of whom it was asked whether they show their reading list: (id, whether they do)."""

    def and_of(self, other: "Shown") -> "Shown":
        """Return the rows of both."""
        return Shown(*(ours | theirs for ours, theirs in zip(self, other, strict=True)))


def shown_by(
    posts: Iterable[Post] = (),
    comments: Iterable[Comment] = (),
    people: Iterable[User] = (),
    tags: Iterable[Tag] = (),
    profile: User | None = None,
) -> Shown:
    """Return what these posts, comments with their replies, people and tags show. No query.

    Posts and comments were fetched `with_details`; `profile`, whose page it is, by
    `authors_as_seen_by`.
    """
    posts = list(posts)
    said = [each for comment in comments for each in (comment, *comment.replies_shown)]
    everybody = {*people, *(each.author for each in (*posts, *said))}
    shelves = set()
    if profile is not None:
        everybody.add(profile)
        shelves.add((profile.pk, profile.has_shelf))  # type: ignore[attr-defined]  # annotated
    return Shown(
        frozenset(map(_person, everybody)),
        frozenset((tag.pk, tag.slug, tag.name) for tag in {*tags, *chain(*map(_tags_of, posts))}),
        frozenset(shelves),
    )


def _tags_of(post: Post) -> Iterable[Tag]:
    # A post that stands beside others, such as the one that is pinned, shows no tags.
    prefetched = getattr(post, "_prefetched_objects_cache", {})
    return post.tags.all() if "tags" in prefetched else ()


def _person(user: User) -> tuple[Any, ...]:
    avatar = str(user.avatar or "")
    return (
        user.pk, user.username, user.name, avatar, user.about, user.left_at, user.purged_at,
    )  # fmt: skip


def are_current(pages: Iterable[Shown]) -> list[bool]:
    """Return for each page whether the database still has the rows that it shows.

    One query for each kind of row that any of them shows, however many pages there are.
    """
    pages = list(pages)
    now = [_rows_now(pages, kind) for kind in range(len(READ))]
    return [
        all(
            {rows.get(row[0]) for row in shown} == shown
            for rows, shown in zip(now, page, strict=True)
        )
        for page in pages
    ]


def _rows_now(pages: list[Shown], kind: int) -> Mapping[Any, tuple[Any, ...]]:
    ids = {row[0] for page in pages for row in page[kind]}
    return {row[0]: row for row in READ[kind](ids)} if ids else {}


def _people_now(ids: set[int]) -> Iterable[tuple[Any, ...]]:
    return User.objects.filter(pk__in=ids).values_list(*PERSON)


def _tags_now(ids: set[int]) -> Iterable[tuple[Any, ...]]:
    # Without an order: that of the tags is by slug.
    return Tag.objects.filter(pk__in=ids).order_by().values_list(*TAG)


def _shelves_now(ids: set[int]) -> Iterable[tuple[Any, ...]]:
    shelves = Exists(Shelf.objects.shown_to_all().filter(reader=OuterRef("pk")))
    return User.objects.filter(pk__in=ids).annotate(has=shelves).values_list("pk", "has")


READ: tuple[Callable[[set[int]], Iterable[tuple[Any, ...]]], ...] = (
    _people_now,
    _tags_now,
    _shelves_now,
)
"""How each field of `Shown` is read."""
