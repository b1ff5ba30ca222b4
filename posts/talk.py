"""The conversation on a post, in pages: what was said last is on the first."""

from typing import NamedTuple

from posts.models import Comment, Post

TALK_SIZE = 50
"""Comments on a page, beside their replies."""

AROUND = 20
"""How many later comments a page has that is opened for one of them."""


class Conversation(NamedTuple):
    """Comments to show, oldest first."""

    comments: list[Comment]
    before: int | None
    """The comment that this page hangs from; None on the page with the latest."""
    earlier: int | None
    """The comment that the earlier page hangs from; None when this is the earliest."""


def conversation(post: Post, before: int | None = None) -> Conversation:
    """Read a page of the conversation. Two queries, however long it is."""
    comments = post.comments.opening().shown()
    if before is not None:
        comments = comments.older_than(before)
    return _page(comments.newest_first().with_details()[: TALK_SIZE + 1], before)


def replies(comment: Comment, before: int | None = None) -> Conversation:
    """Read a page of the replies to a comment."""
    found = comment.replies.visible()
    if before is not None:
        found = found.older_than(before)
    return _page(found.newest_first().select_related("author", "post")[: TALK_SIZE + 1], before)


def place_of(comment: Comment) -> int | None:
    """Return the `before` of a page of the conversation that shows this opening comment."""
    later = comment.post.comments.opening().shown().newer_than(comment.pk).oldest_first()
    ids = list(later.values_list("pk", flat=True)[: AROUND + 1])
    return ids[AROUND] if len(ids) > AROUND else None


def _page(rows: object, before: int | None) -> Conversation:
    found = list(rows)
    earlier = found[TALK_SIZE - 1].pk if len(found) > TALK_SIZE else None
    return Conversation(found[:TALK_SIZE][::-1], before, earlier)
