"""What pages show of people, tags and covers: these may change without a change in the log.

A page that is kept (posts/pages/page_cache.py, posts/pages/kept_readings.py) is valid while the log
is where it was and these rows are what they were, by value.
"""

from collections.abc import Iterable, Mapping
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

    def and_of(self, other: "Shown") -> "Shown":
        """Return the rows of both."""
        return Shown(
            self.people | other.people,
            self.tags | other.tags,
            self.shelves | other.shelves,
            self.covers | other.covers,
            self.posts | other.posts,
        )


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
    prefetched = getattr(post, "_prefetched_objects_cache", {})
    return post.tags.all() if "tags" in prefetched else ()


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
    ids = [{row[0] for page in pages for row in rows_of(page, kind)} for kind in KINDS]
    now: dict[tuple[str, int], tuple[Any, ...]] = {}
    if any(ids):
        for kind, *row in ROWS_NOW.rows(*(sorted(each) or [0] for each in ids)):
            now[kind, row[0]] = tuple(row)
    return [
        all(
            now.get((kind, row[0]), ())[: len(row)] == row
            for kind in KINDS
            for row in rows_of(page, kind)
        )
        for page in pages
    ]


KINDS = ("people", "tags", "shelves", "covers")


def rows_of(page: Shown, kind: str) -> Rows:
    rows: Rows = getattr(page, kind)
    return rows


def _rows_now(
    people: list[int], tags: list[int], shelves: list[int], covers: list[int]
) -> QuerySet[Any, Any]:
    """Return the present values of these rows, as `Shown` has them, filled up with nothing."""
    shows = Exists(Shelf.objects.shown_to_all().filter(reader=OuterRef("pk")))
    users, nothing, no = User.objects.order_by(), Value(""), Value(False)
    return users.filter(pk__in=people).values_list(
        Value("people"), "pk", "username", "name", "avatar", "about",
        _is_set("left_at"), _is_set("purged_at"),
    ).union(
        Tag.objects.order_by().filter(pk__in=tags).values_list(
            Value("tags"), "pk", "slug", "name", nothing, nothing, no, no
        ),
        users.filter(pk__in=shelves).values_list(
            Value("shelves"), "pk", nothing, nothing, nothing, nothing, shows, no
        ),
        Cover.objects.order_by().filter(pk__in=covers).values_list(
            Value("covers"), "pk", "token", nothing, nothing, nothing, "is_withdrawn", no
        ),
        all=True,
    )  # fmt: skip


def _is_set(field: str) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(**{f"{field}__isnull": False}), BooleanField())


ROWS_NOW = CompiledQuery(_rows_now)
