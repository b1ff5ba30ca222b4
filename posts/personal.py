"""What is a viewer's own about what they are shown: drawn with the page, never broadcast."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from posts.models import Comment, Follow, Like, Post, Shelf, ShelvedBook

Viewer = AbstractBaseUser | AnonymousUser


def personalise(viewer: Viewer, posts: Iterable[Post]) -> None:
    """Set `liked` and `shelved` on these posts. Two queries; none for a guest.

    `shelved` is the ShelvedBook of the post's book, saved from this post or another; or None.
    """
    posts = list(posts)
    if viewer.is_authenticated and posts:
        liked = Like.objects.of(viewer).of_posts().filter(post__in=posts)
        ids = set(liked.values_list("post_id", flat=True))
        for post in posts:
            post.liked = post.pk in ids
        books = list(ShelvedBook.objects.of(viewer).standing().about(*posts))
        by_key = {book.book_key: book for book in books}
        by_post = {book.post_id: book for book in books}
        for post in posts:
            post.shelved = by_post.get(post.pk) or by_key.get(post.book_key)


def personalise_comments(viewer: Viewer, comments: Iterable[Comment]) -> None:
    """Set `liked` and `may_edit` on these comments and the replies shown. One query, or none."""
    everything = [each for comment in comments for each in (comment, *comment.replies_shown)]
    if viewer.is_authenticated and everything:
        liked = Like.objects.of(viewer).filter(comment__in=everything)
        ids = set(liked.values_list("comment_id", flat=True))
        for comment in everything:
            comment.liked = comment.pk in ids
            comment.may_edit = comment.is_editable_by(viewer)


def authors_as_seen_by(viewer: Viewer) -> QuerySet[User]:
    """Users with `is_followed`, by the viewer, and `has_shelf`, a public one.

    Asked along with the user, not after: a page has eight queries.
    """
    author = OuterRef("pk")
    followed = Follow.objects.filter(author=author, follower=viewer.pk)
    shelves = Shelf.objects.shown_to_all().filter(reader=author)
    return User.objects.annotate(is_followed=Exists(followed), has_shelf=Exists(shelves))
