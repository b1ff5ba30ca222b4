"""What a page shows to its viewer alone: drawn with the page, never broadcast."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet, Value

from accounts.models import Block, User
from bookshelf.compiled_queries import CompiledQuery, Rows
from posts.models import Comment, Follow, Like, Post, Shelf, ShelvedBook
from posts.pages.kept_fragments import Card, shelved_as

Viewer = User | AnonymousUser


def cards_as_seen_by(viewer: Viewer, cards: Sequence[Card]) -> list[Card]:
    """Return these cards with what the viewer has done. One query; none for a guest."""
    if not viewer.is_authenticated or not cards:
        return list(cards)
    posts = [card.post for card in cards]
    keys = [post.book_key for post in posts]
    done = DONE.rows([viewer.pk], [post.pk for post in posts], keys)
    liked = {pk for what, pk, *_ in done if what == "liked"}
    shelved = Shelved.among(done)
    return [card.seen(card.post.pk in liked, shelved.state_of(card.post)) for card in cards]


def add_viewer_state(viewer: Viewer, post: Post) -> None:
    """Set `shelved` on this post of the viewer's request: where it is on their reading list.

    One query; none for a guest.
    """
    if viewer.is_authenticated:
        done = DONE.rows([viewer.pk], [post.pk], [post.book_key])
        post.shelved = shelved_as(Shelved.among(done).state_of(post))


class Shelved(NamedTuple):
    """The states of books on a viewer's reading list."""

    by_post: dict[int, str]
    by_key: dict[str, str]

    @classmethod
    def among(cls, done: Rows) -> Self:
        """Take what `DONE` has found."""
        books = [(pk, key, state) for what, pk, key, state in done if what == "shelved"]
        return cls(
            {pk: state for pk, _, state in books if pk is not None},
            {key: state for _, key, state in books},
        )

    def state_of(self, post: Post) -> str:
        """Return where a post's book is, saved from that post or another; "" when it is not."""
        return self.by_post.get(post.pk) or self.by_key.get(post.book_key) or ""


def _done(viewers: list[int], posts: list[int], keys: list[str]) -> QuerySet[Any, Any]:
    """Return what a viewer has done about these posts, and the books with these keys."""
    likes = Like.objects.order_by().of_posts().filter(user_id__in=viewers, post_id__in=posts)
    return likes.values_list(Value("liked"), "post_id", Value(""), Value("")).union(
        *shelved_books(viewers, posts, keys), all=True
    )


def shelved_books(
    viewers: list[int], posts: list[int], keys: list[str]
) -> list[QuerySet[Any, Any]]:
    """Return the books on a viewer's list that were saved from these posts, or have these keys."""
    books = ShelvedBook.objects.order_by().on_shelf().filter(reader_id__in=viewers)
    values = (Value("shelved"), "post_id", "book_key", "state")
    return [
        books.filter(post_id__in=posts).values_list(*values),
        books.filter(book_key__in=keys).values_list(*values),
    ]


DONE = CompiledQuery(_done)


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


class Relation(NamedTuple):
    """What the viewer has to do with a reader whose page they look at."""

    is_followed: bool
    is_blocked: bool
    has_shelf: bool
    """Whether the reader shows their reading list to all."""


def relation_to(reader: User, viewer: Viewer) -> Relation:
    """Return whether the viewer follows this reader, and has blocked them. One query."""
    found = {what for what, _ in RELATION.rows([viewer.pk or 0], [reader.pk])}
    return Relation("followed" in found, "blocked" in found, "shelf" in found)


def _relation(viewers: list[int], readers: list[int]) -> QuerySet[Any, Any]:
    follows = Follow.objects.order_by().filter(author_id__in=readers, follower_id__in=viewers)
    blocks = Block.objects.order_by().filter(blocked_id__in=readers, blocker_id__in=viewers)
    shelves = Shelf.objects.order_by().shown_to_all().filter(reader_id__in=readers)
    return follows.values_list(Value("followed"), "author_id").union(
        blocks.values_list(Value("blocked"), "blocked_id"),
        shelves.values_list(Value("shelf"), "reader_id"),
        all=True,
    )


RELATION = CompiledQuery(_relation)
