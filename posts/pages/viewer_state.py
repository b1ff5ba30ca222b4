"""What a page shows to its viewer alone: drawn with the page, never broadcast."""

from collections.abc import Iterable
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import Block, User
from posts.models import Comment, CommentDraft, Follow, Like, Post, Shelf, ShelvedBook
from posts.models.post_queryset import PostQuerySet

Viewer = User | AnonymousUser


def add_viewer_state(viewer: Viewer, posts: Iterable[Post]) -> None:
    """Set `liked` and `shelved` on these posts. Two queries; none for a guest.

    `shelved` is the ShelvedBook of the post's book, saved from this post or another; or None.
    """
    posts = list(posts)
    if viewer.is_authenticated and posts:
        liked = Like.objects.of(viewer).of_posts().filter(post__in=posts)
        ids = set(liked.values_list("post_id", flat=True))
        for post in posts:
            post.liked = post.pk in ids
        books = list(ShelvedBook.objects.of(viewer).on_shelf().about(*posts))
        by_key = {book.book_key: book for book in books}
        by_post = {book.post_id: book for book in books}
        for post in posts:
            post.shelved = by_post.get(post.pk) or by_key.get(post.book_key)


def add_comment_viewer_state(viewer: Viewer, comments: Iterable[Comment]) -> None:
    """Set `liked`, `may_edit`, `may_moderate` and `may_block` on these comments and their replies.

    One query, or none.
    """
    everything = [each for comment in comments for each in (comment, *comment.replies_shown)]
    if viewer.is_authenticated and everything:
        liked = Like.objects.of(viewer).filter(comment__in=everything)
        ids = set(liked.values_list("comment_id", flat=True))
        for comment in everything:
            comment.liked = comment.pk in ids
            comment.may_edit = comment.is_editable_by(viewer)
            comment.may_block = comment.author_id != viewer.pk
            comment.may_moderate = viewer.is_moderator


def with_comment_draft(viewer: Viewer, posts: PostQuerySet[Post]) -> PostQuerySet[Post]:
    """Add `comment_draft` to each post: the comment that the viewer was typing, or None.

    It is fetched along with the post. For a guest the posts stay as they are.
    """
    if not viewer.is_authenticated:
        return posts
    mine = CommentDraft.objects.of(viewer, OuterRef("pk"), None)
    annotated = posts.annotate(comment_draft=Subquery(mine.values("body")[:1]))
    return cast("PostQuerySet[Post]", annotated)


def authors_as_seen_by(viewer: Viewer) -> QuerySet[User]:
    """Users with `is_followed` and `is_blocked`, by the viewer, and `has_shelf`, a public one.

    Fetched along with the user, as a page has at most eight queries.
    """
    author = OuterRef("pk")
    followed = Follow.objects.filter(author=author, follower=viewer.pk)
    shelves = Shelf.objects.shown_to_all().filter(reader=author)
    blocks = Block.objects.filter(blocked=author, blocker=viewer.pk)
    return User.objects.present().annotate(
        is_followed=Exists(followed), has_shelf=Exists(shelves), is_blocked=Exists(blocks)
    )
