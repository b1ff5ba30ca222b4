"""What pages show of people, tags and covers: these may change without a change in the log.

A page that is kept (posts/pages/page_cache.py, posts/pages/kept_readings.py) is valid while the log
is where it was and these rows are what they were, by value.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from accounts.models import User
from bookshelf.compiled_queries import CompiledQuery
from posts.models import Comment, Cover, Post, Shelf, Tag

Rows = frozenset[tuple[Any, ...]]
"""Values of rows; each begins with the row's id."""


class Shown(NamedTuple):
    """The rows beside the posts and comments that a page was drawn from."""

    people: Rows = frozenset()
    tags: Rows = frozenset()
    shelves: Rows = frozenset()
    """Of whom it was asked whether they show their reading list."""
    covers: Rows = frozenset()
    posts: frozenset[int] = frozenset()
    """The ids of the posts whose counts, or conversation, stand on the page."""

    def and_of(self, *others: "Shown") -> "Shown":
        """Return the rows of all."""
        return Shown(*(rows.union(*more) for rows, *more in zip(self, *others, strict=True)))


def shown_by(
    posts: Iterable[Post] = (),
    comments: Iterable[Comment] = (),
    people: Iterable[User] = (),
    tags: Iterable[Tag] = (),
    shelves: Mapping[int, bool] | None = None,
) -> Shown:
    """Return what these posts, comments with their replies, people and tags show. No query.

    Posts and comments were fetched `with_details`. `shelves` says of readers, by id, whether they
    show their reading list to all.
    """
    posts = list(posts)
    said = [each for comment in comments for each in (comment, *comment.replies_shown)]
    everybody = {*people, *(each.author for each in (*posts, *said))}
    return Shown(
        frozenset(map(_person, everybody)),
        frozenset((tag.pk, tag.slug, tag.name) for tag in {*tags, *chain(*map(_tags_of, posts))}),
        frozenset((pk, "", "", "", "", shows) for pk, shows in (shelves or {}).items()),
        frozenset(map(_cover, filter(None, map(_cover_of, posts)))),
        frozenset(post.pk for post in posts),
    )


def _tags_of(post: Post) -> Iterable[Tag]:
    # A post that stands beside others, such as the one that is pinned, shows no tags.
    return post.tags_as_fetched or ()


def _cover_of(post: Post) -> Cover | None:
    # Fetched along with the post, where it is shown.
    cover: Cover | None = post._state.fields_cache.get("cover")
    return cover


def _cover(cover: Cover) -> tuple[Any, ...]:
    return cover.pk, cover.token, "", "", "", cover.is_withdrawn


def _person(user: User) -> tuple[Any, ...]:
    return (
        user.pk, user.username, user.name, str(user.avatar or ""), user.about,
        user.left_at is not None, user.purged_at is not None,
    )  # fmt: skip


def are_current(pages: Iterable[Shown]) -> list[bool]:
    """Return for each page whether the database still has the rows that it shows.

    One query, however many pages there are.
    """
    pages = list(pages)
    ids = {kind: {row[0] for page in pages for row in rows_of(page, kind)} for kind in KINDS}
    kinds = tuple(kind for kind in KINDS if ids[kind])
    now: dict[tuple[str, int], tuple[Any, ...]] = {}
    if kinds:
        for kind, *row in rows_now(kinds).rows(*(sorted(ids[kind]) for kind in kinds)):
            now[kind, row[0]] = tuple(row)
    return [
        all(
            now.get((kind, row[0]), ())[: len(row)] == row
            for kind in KINDS
            for row in rows_of(page, kind)
        )
        for page in pages
    ]


def rows_of(page: Shown, kind: str) -> Rows:
    rows: Rows = getattr(page, kind)
    return rows


@cache
def rows_now(kinds: tuple[str, ...]) -> CompiledQuery:
    """Return the query of the present values of rows of these kinds, as `Shown` has them.

    Each row begins with its kind; those with fewer values are filled up with nothing. A kind that
    a page shows nothing of costs a database as much to plan for as another one.
    """

    def build(*lists: list[int]) -> QuerySet[Any, Any]:
        first, *others = (
            KINDS[kind](Value(kind), ids) for kind, ids in zip(kinds, lists, strict=True)
        )
        return first.union(*others, all=True) if others else first

    return CompiledQuery(build)


def _people(kind: Value, ids: list[int]) -> QuerySet[Any, Any]:
    return User.objects.order_by().filter(pk__in=ids).values_list(
        kind, "pk", "username", "name", "avatar", "about", _is_set("left_at"), _is_set("purged_at")
    )  # fmt: skip


def _tags(kind: Value, ids: list[int]) -> QuerySet[Any, Any]:
    tags = Tag.objects.order_by().filter(pk__in=ids)
    return tags.values_list(kind, "pk", "slug", "name", NOTHING, NOTHING, NO, NO)


def _shelves(kind: Value, ids: list[int]) -> QuerySet[Any, Any]:
    shows = Exists(Shelf.objects.shown_to_all().filter(reader=OuterRef("pk")))
    readers = User.objects.order_by().filter(pk__in=ids)
    return readers.values_list(kind, "pk", NOTHING, NOTHING, NOTHING, NOTHING, shows, NO)


def _covers(kind: Value, ids: list[int]) -> QuerySet[Any, Any]:
    covers = Cover.objects.order_by().filter(pk__in=ids)
    return covers.values_list(kind, "pk", "token", NOTHING, NOTHING, NOTHING, "is_withdrawn", NO)


def _is_set(field: str) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(**{f"{field}__isnull": False}), BooleanField())


NOTHING, NO = Value(""), Value(False)

KINDS = {"people": _people, "tags": _tags, "shelves": _shelves, "covers": _covers}
"""What asks for the rows of each kind, by ids."""
