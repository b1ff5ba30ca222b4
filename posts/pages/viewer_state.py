"""What a page shows to its viewer alone: drawn with the page, never broadcast."""

from collections.abc import Callable, Iterable, Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Block, User
from posts.models import Comment, Follow, Like, Post, Shelf, ShelvedBook
from posts.pages.kept_fragments import Card

Viewer = User | AnonymousUser


def cards_as_seen_by(viewer: Viewer, cards: Sequence[Card]) -> list[Card]:
    """Return these cards with what the viewer has done. Two queries; none for a guest."""
    if not viewer.is_authenticated or not cards:
        return list(cards)
    posts = [card.post for card in cards]
    liked = Like.objects.of(viewer).of_posts().filter(post__in=[post.pk for post in posts])
    ids = set(liked.values_list("post_id", flat=True))
    shelved = _shelved_by(viewer, posts)
    return [card.seen(card.post.pk in ids, shelved(card.post)) for card in cards]


def add_viewer_state(viewer: Viewer, post: Post) -> None:
    """Set `shelved` on this post of the viewer's request: the book on their reading list, if any.

    One query; none for a guest.
    """
    if viewer.is_authenticated:
        post.shelved = _shelved_by(viewer, [post])(post)


def _shelved_by(viewer: User, posts: Sequence[Post]) -> Callable[[Post], ShelvedBook | None]:
    """Return what finds a post's book on the viewer's list, from that post or another."""
    books = list(
        ShelvedBook.objects.of(viewer).on_shelf().about(*posts).only("post", "book_key", "state")
    )
    by_key = {book.book_key: book for book in books}
    by_post = {book.post_id: book for book in books}
    return lambda post: by_post.get(post.pk) or by_key.get(post.book_key)


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
