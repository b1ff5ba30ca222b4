"""The page of a post: read once while nothing has changed, and seen by each viewer."""

from typing import NamedTuple

from accounts.models import User
from bookshelf.log import Cursor
from posts.models import Comment, CommentDraft, Like, Post
from posts.pages.conversation import conversation
from posts.pages.kept_fragments import Card, Thread
from posts.pages.kept_readings import Reading, kept_reading, size_of
from posts.pages.pagination import Page
from posts.pages.shown_rows import Shown, shown_by
from posts.pages.viewer_state import Viewer, cards_as_seen_by

MOST_ALSO = 10
"""How many other posts of the same book are named; the page of the book has the rest."""


class Room(NamedTuple):
    """A post with a page of its conversation."""

    card: Card
    likers: list[User]
    talk: Page[Thread]
    also: list[Post]
    """Other posts of the same book; one more than are named says that there are more."""

    def seen_by(self, viewer: Viewer) -> "Room":
        """Return it with what the viewer has done. Two queries; none for a guest."""
        if not viewer.is_authenticated:
            return self
        of_room = Like.objects.of(viewer).filter(post=self.card.post.pk)
        liked = set(of_room.values_list("comment_id", flat=True))
        [card] = cards_as_seen_by(viewer, [self.card])
        comments = frozenset(liked - {None})
        rows = [thread.seen(viewer, comments) for thread in self.talk.rows]
        return self._replace(
            card=card.seen(None in liked, card.shelved),
            talk=Page(rows, self.talk.before, self.talk.older),
        )


def read_room(pk: int, before: int | None, cursor: Cursor) -> Reading[Room | None]:
    """Read a post, and the page of its conversation below the comment `before`.

    `cursor` is the log's. None when there is no such post; of one that was removed without what is
    around it.
    """

    def read() -> Room | None:
        post = Post.objects.with_details().filter(pk=pk).first()
        if post is None:
            return None
        if post.removed_at:
            return Room(Card(post), [], Page([], None, None), [])
        talk = conversation(post, before)
        for comment in talk.rows:
            for each in (comment, *comment.latest_replies):
                # Each has come with a copy of its own.
                each.post = post
        also = Post.objects.also_about(post.book_key, but=post.pk)
        return Room(Card(post), post.likers, threads_of(talk), list(also[: MOST_ALSO + 1]))

    return kept_reading(("room", pk, before), cursor, read, about)


def threads_of(talk: Page[Comment]) -> Page[Thread]:
    """Return the same page of a conversation as threads."""
    return Page([Thread(comment) for comment in talk.rows], talk.before, talk.older)


def about(room: Room | None) -> tuple[Shown, int]:
    """Return the people and tags of a room, and the bytes that it takes."""
    if room is None:
        return Shown(), 0
    comments = [thread.comment for thread in room.talk.rows]
    posts = [room.card.post, *room.also]
    return shown_by(posts, comments, room.likers), size_of(posts, comments, room.likers)


def comment_draft(viewer: Viewer, post_id: int) -> str | None:
    """Return the comment that the viewer was typing. One query; none for a guest."""
    if not viewer.is_authenticated:
        return None
    drafts = CommentDraft.objects.of(viewer, post_id, None)
    return drafts.values_list("body", flat=True).first()
