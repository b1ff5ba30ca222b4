"""Changes that touch one post alone: a page that does not show that post is as it was.

Likes and comments are most of what happens. They change what is counted of one post, and its own
page; the rest of its row, which posts a list has, and in which order, they leave as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Cursor
from bookshelf.recent_changes import RecentChange, after
from posts.log import Kind
from posts.models import Post

NARROW = {
    Kind.POST_LIKED,
    Kind.COMMENT_CREATED,
    Kind.COMMENT_EDITED,
    Kind.COMMENT_REMOVED,
    Kind.COMMENT_RESTORED,
    Kind.COMMENT_LIKED,
}
"""Kinds of changes that touch one post alone."""

Touched = Mapping[int, Collection[str]]
"""The posts that were touched, by id, and the kinds of what happened to each."""


class Counts(NamedTuple):
    """What a narrow change changes of a post's own row."""

    likes_count: int
    comments_count: int


def counts_now(ids: Collection[int]) -> dict[int, Counts]:
    """Return the present counts of posts, by id. One query; none without ids."""
    found = COUNTS.rows(sorted(ids)) if ids else []
    return {pk: Counts(likes, comments) for pk, likes, comments in found}


COUNTS = CompiledQuery(
    lambda ids: (
        Post.objects.order_by()
        .filter(pk__in=ids)
        .values_list("pk", "likes_count", "comments_count")
    )
)


def touched_since(cursor: Cursor, changes: list[RecentChange]) -> Touched | None:
    """Return the posts touched since this cursor by these changes, which are newest first.

    None when the cursor is unknown, or a change may affect any page.
    """
    touched: dict[int, set[str]] = defaultdict(set)
    since = after(cursor, changes)
    if since is None:
        return None
    for change in since:
        if change.kind == Kind.NOTIFIED:
            # The bell alone, which is drawn for each viewer.
            continue
        if change.kind not in NARROW or change.post_id is None:
            return None
        touched[change.post_id].add(change.kind)
    return touched
