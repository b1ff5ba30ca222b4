"""Changes that touch one post alone: a page that does not show that post is as it was.

Likes and comments are most of what happens. They change what is counted of one post, and its own
page; the rest of its row, which posts a list has, and in which order, they leave as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Change, Cursor
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

MOST_CHANGES = 100
"""How far back the log is looked at: a page that is older is made anew. Fewer than an open page may
be behind before it has to reload (updater/log_reader.py)."""

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


class RecentChanges:
    """The end of the log, from the oldest of some places on."""

    def __init__(self, cursors: Collection[Cursor]) -> None:
        """Read it, in one query; none when there are no places."""
        oldest = min((cursor.seq for cursor in cursors), default=0)
        changes = Change.objects.filter(seq__gte=oldest).order_by("-seq")
        values = changes.values_list("word", "seq", "kind", "post_id")
        self._rows = list(values[:MOST_CHANGES]) if cursors else []

    def touched_since(self, cursor: Cursor) -> Touched | None:
        """Return the posts that were touched since then.

        None when that cannot be told, or something happened that may touch any page.
        """
        touched: dict[int, set[str]] = defaultdict(set)
        for word, seq, kind, post_id in self._rows:
            if (word, seq) == cursor:
                return touched
            if kind == Kind.NOTIFIED:
                # The bell alone, which is drawn for each viewer.
                continue
            if kind not in NARROW or post_id is None:
                return None
            touched[post_id].add(kind)
        return None
