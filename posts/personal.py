"""What is a viewer's own about what they are shown: drawn with the page, never broadcast."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from posts.models import Comment, Follow, Like, Post

Viewer = AbstractBaseUser | AnonymousUser


def personalise(viewer: Viewer, posts: Iterable[Post]) -> None:
    """Set `liked` on these posts. One query; none for a guest."""
    posts = list(posts)
    if viewer.is_authenticated and posts:
        liked = Like.objects.of(viewer).of_posts().filter(post__in=posts)
        ids = set(liked.values_list("post_id", flat=True))
        for post in posts:
            post.liked = post.pk in ids


def personalise_comments(viewer: Viewer, comments: Iterable[Comment]) -> None:
    """Set `liked` and `may_edit` on these comments and the replies shown. One query, or none."""
    everything = [each for comment in comments for each in (comment, *comment.replies_shown)]
    if viewer.is_authenticated and everything:
        liked = Like.objects.of(viewer).filter(comment__in=everything)
        ids = set(liked.values_list("comment_id", flat=True))
        for comment in everything:
            comment.liked = comment.pk in ids
            comment.may_edit = comment.is_editable_by(viewer)


def follows(viewer: Viewer, author: AbstractBaseUser) -> bool:
    """Whether the viewer follows this author. One query; none for a guest."""
    return viewer.is_authenticated and Follow.objects.by(viewer).filter(author=author).exists()
