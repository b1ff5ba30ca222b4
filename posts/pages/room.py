"""The page of a post: read once while nothing has changed, and seen by each viewer."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet, Value

from accounts.models import User
from bookshelf.compiled_queries import CompiledQuery, columns_of
from bookshelf.log import Cursor
from posts.log import Kind
from posts.models import Comment, CommentDraft, Like, Post
from posts.models.likeable import LIKERS
from posts.pages.conversation import conversation
from posts.pages.kept_fragments import Card, Thread
from posts.pages.kept_readings import Key, Reading, kept_reading, size_of
from posts.pages.narrow_changes import Touched, counts_now
from posts.pages.pagination import Page
from posts.pages.shown_rows import Shown, shown_by
from posts.pages.viewer_state import Shelved, Viewer, shelved_books

MOST_ALSO = 10
"""How many other posts of the same book are named; the page of the book has the rest."""


class Room(NamedTuple):
    """A post with a page of its conversation."""

    card: Card
    likers: list[User]
    talk: Page[Thread]
    also: list[Post]
    """Other posts of the same book; one more than are named says that there are more."""

    def seen_by(self, viewer: Viewer) -> "SeenRoom":
        """Return it with what the viewer has done. One query; none for a guest."""
        if not viewer.is_authenticated:
            return SeenRoom(self)
        post = self.card.post
        done = DONE_IN_ROOM.rows([viewer.pk], [post.pk], [post.book_key])
        liked = {pk for what, pk, *_ in done if what == "liked"}
        drafts = [text for what, _, text, _ in done if what == "draft"]
        comments = frozenset(liked - {None})
        # `request.user` is a lazy object: each attribute goes through a wrapper.
        viewer_id, moderates = viewer.pk, viewer.is_moderator
        rows = [thread.seen(viewer, viewer_id, moderates, comments) for thread in self.talk.rows]
        room = self._replace(
            card=self.card.seen(None in liked, Shelved.among(done).state_of(post)),
            talk=Page(rows, self.talk.before, self.talk.older),
        )
        return SeenRoom(room, drafts[0] if drafts else None)


class SeenRoom(NamedTuple):
    """A room as its viewer sees it."""

    room: Room
    draft: str | None = None
    """The comment that the viewer was typing."""


def _done_in_room(viewers: list[int], posts: list[int], keys: list[str]) -> QuerySet[Any, Any]:
    """Return what a viewer has done in the room of this post, and has not finished writing."""
    likes = Like.objects.order_by().filter(user_id__in=viewers, post_id__in=posts)
    drafts = CommentDraft.objects.order_by().filter(
        author_id__in=viewers, post_id__in=posts, parent=None
    )
    nothing = Value("")
    return likes.values_list(Value("liked"), "comment_id", nothing, nothing).union(
        drafts.values_list(Value("draft"), "pk", "body", nothing),
        *shelved_books(viewers, posts, keys),
        all=True,
    )


DONE_IN_ROOM = CompiledQuery(_done_in_room)


def likers_now(post_id: int) -> list[User]:
    """Return the same as `Post.likers`."""
    return LIKERS_NOW.instances(User, "user__", [post_id])


LIKERS_NOW = CompiledQuery(
    lambda ids: (
        Like.objects.of_posts()
        .filter(post__in=ids)
        .latest_first()
        .values_list(*columns_of(User, "user__"))[:LIKERS]
    )
)


@dataclass(frozen=True)
class RoomToRead:
    """A post, and the page of its conversation below the comment `before`.

    None when there is no such post; of one that was removed without what is around it.
    """

    pk: int
    before: int | None

    @property
    def key(self) -> Key:
        return "room", self.pk, self.before

    def read(self) -> Room | None:
        post = Post.objects.with_details().filter(pk=self.pk).first()
        if post is None:
            return None
        if post.removed_at:
            return Room(Card(post), [], Page([], None, None), [])
        talk = threads_of(conversation(post, self.before))
        also = Post.objects.also_about(post.book_key, but=post.pk)
        return Room(Card(post), likers_now(post.pk), talk, list(also[: MOST_ALSO + 1]))

    def read_again(self, value: Room | None, touched: Touched) -> Room | None:
        kinds = touched.get(self.pk, ())
        if value is None or not kinds:
            return value
        counts = counts_now([self.pk]).get(self.pk)
        if counts is None or set(kinds) != {Kind.POST_LIKED}:
            return None
        return value._replace(card=value.card.counted(counts), likers=likers_now(self.pk))

    def about(self, value: Room | None) -> tuple[Shown, int]:
        if value is None:
            return Shown(), size_of(())
        threads = value.talk.rows
        around = shown_by(value.also, people=value.likers)
        shown = around.and_of(value.card.shown, *(thread.shown for thread in threads))
        posts = [value.card.post, *value.also]
        size = size_of(posts, [thread.comment for thread in threads], value.likers)
        return shown._replace(posts=frozenset({self.pk})), size


def read_room(pk: int, before: int | None, cursor: Cursor) -> Reading[Room | None]:
    """Read a post, and the page of its conversation below the comment `before`.

    `cursor` is the log's. Seven queries, or those two that say that it is kept.
    """
    return kept_reading(RoomToRead(pk, before), cursor)


def threads_of(talk: Page[Comment]) -> Page[Thread]:
    """Return the same page of a conversation as threads."""
    return Page([Thread(comment) for comment in talk.rows], talk.before, talk.older)
