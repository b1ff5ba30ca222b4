"""The conversation on a post, in pages: the latest comments are on the first."""

from posts.models import Comment, Post
from posts.models.comment import CommentQuerySet
from posts.pages.pagination import Page, read_page

TALK_SIZE = 50
"""Comments on a page, beside their replies."""

AROUND = 20
"""How many later comments a page has that is opened for one of them."""


def conversation(post: Post, before: int | None = None) -> Page[Comment]:
    """Read a page of the conversation, oldest comment first. Two queries, however long it is."""
    page = _read(post.comments.opening().shown().with_details(of_one_post=True), before)
    for comment in page.rows:
        for each in (comment, *comment.latest_replies):
            each.post = post
    return page


def replies(comment: Comment, before: int | None = None) -> Page[Comment]:
    """Read a page of the replies to a comment, oldest first."""
    return _read(comment.replies.visible().select_related("author", "post"), before)


def page_with(comment: Comment) -> int | None:
    """Return the `before` of a page of the conversation that shows this opening comment."""
    later = comment.post.comments.opening().shown().newer_than(comment.pk).oldest_first()
    ids = list(later.values_list("pk", flat=True)[: AROUND + 1])
    return ids[AROUND] if len(ids) > AROUND else None


def _read(comments: CommentQuerySet, before: int | None) -> Page[Comment]:
    page = read_page(comments.newest_first(), TALK_SIZE, before)
    return Page(page.rows[::-1], page.before, page.older)
