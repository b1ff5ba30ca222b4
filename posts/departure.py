"""What becomes of posts, comments and likes when an account is deleted.

See accounts/leaving/departures.py.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Count, F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import ngettext

from accounts.leaving.departures import (
    Counted,
    counts_for_leaving,
    stays,
    when_closing,
    when_removing,
)
from accounts.models import User
from accounts.models.block import ends_with_a_block
from bookshelf.log import Change, record_all
from posts.log import Kind
from posts.models import (
    Comment,
    Cover,
    Follow,
    Like,
    Notification,
    Post,
    Revision,
    SearchDocument,
    Tagging,
)

BATCH = 200
"""Likes and comments in a transaction."""

POSTS = 50
"""Posts in a transaction: each may have four files, which another machine's storage may hold."""

WITHOUT_A_NAME = "it stays without a name, or is removed in batches"
stays("posts.Post.author", WITHOUT_A_NAME)
stays("posts.Comment.author", WITHOUT_A_NAME)
stays("posts.Like.user", WITHOUT_A_NAME)
stays("posts.Cover.owner", "a cover stays with its post; those of no post are discarded")
stays("posts.Notification.actor", "others keep what they were notified of, by someone who left")
stays("posts.ModerationAction.moderator", "who did what and why is kept, by someone who left")
stays("posts.ModerationAction.person", "what was decided about them is kept, without a name")
stays("posts.Appeal.answered_by", "how an appeal was answered is kept, by someone who left")
stays("posts.Report.reporter", "what was reported is still to be looked at")
stays("posts.Report.person", "what was reported is still to be looked at, if it stays")

Row = TypeVar("Row", bound=models.Model)


@ends_with_a_block
def unfollow(blocker_id: int, blocked_id: int) -> None:
    """End it when one of the two follows the other."""
    pair = (blocker_id, blocked_id)
    Follow.objects.filter(follower__in=pair, author__in=pair).delete()


@counts_for_leaving
def count(user: User) -> list[Counted]:
    mine = Post.objects.visible().by(user.pk)
    comments = Comment.objects.visible().filter(author=user)
    n, m, k = mine.count(), comments.count(), Like.objects.of(user).count()
    return [
        Counted(n, "post", ngettext("%(n)s post", "%(n)s posts", n) % {"n": n}),
        Counted(m, "comment", ngettext("%(n)s comment", "%(n)s comments", m) % {"n": m}),
        Counted(k, "like", ngettext("%(n)s like", "%(n)s likes", k) % {"n": k}),
    ]


@when_closing
def discard_pending_covers(user_id: int) -> None:
    """Discard pictures that no post has."""
    Cover.objects.pending().filter(owner=user_id).discard()


@when_removing
def remove_likes(user_id: int) -> Iterator[Change | None]:
    """Take back all likes of a user, a batch for each step."""
    return _in_batches(Like.objects.filter(user=user_id), BATCH, _take_back)


@when_removing
def remove_comments(user_id: int) -> Iterator[Change | None]:
    """Remove all comments of a user, and what they said, a batch for each step."""
    comments = Comment.objects.filter(author=user_id).exclude(body="")
    return _in_batches(comments.select_related("post"), BATCH, _remove_comments)


@when_removing
def remove_posts(user_id: int) -> Iterator[Change | None]:
    """Remove all posts of a user, with all that they held, a batch for each step."""
    posts = Post.objects.by(user_id).exclude(title="", body="")
    return _in_batches(posts.prefetch_related("tags"), POSTS, _remove_posts)


def _in_batches(
    rows: models.QuerySet[Row], size: int, remove: Callable[[list[Row]], Change | None]
) -> Iterator[Change | None]:
    last = 0
    while True:
        with transaction.atomic():
            found = rows.filter(pk__gt=last).order_by("pk").select_for_update(of=("self",))
            # Of two who go on with the same account, the second one finds what the first has left.
            batch = list(found[:size])
            change = remove(batch) if batch else None
        if not batch:
            return
        yield change
        last = batch[-1].pk


def _take_back(likes: list[Like]) -> Change | None:
    on_comments = [like.comment_id for like in likes if like.comment_id]
    on_posts = [like.post_id for like in likes if not like.comment_id]
    posts = _locked(Post.objects.all(), on_posts)
    comments = _locked(Comment.objects.select_related("post"), on_comments)
    Post.objects.filter(pk__in=on_posts).update(likes_count=F("likes_count") - 1)
    Comment.objects.filter(pk__in=on_comments).update(likes_count=F("likes_count") - 1)
    Like.objects.filter(pk__in=[like.pk for like in likes]).delete()
    changes = [
        Change(kind=Kind.POST_LIKED, post_id=post.pk, author_id=post.author_id) for post in posts
    ]
    return record_all(changes + [_of_comment(Kind.COMMENT_LIKED, each) for each in comments])


def _remove_comments(comments: list[Comment]) -> Change | None:
    ids = [comment.pk for comment in comments]
    visible = [comment for comment in comments if not comment.removed_at]
    Comment.objects.filter(pk__in=ids).update(body="", removed_at=Coalesce("removed_at", Now()))
    posts = sorted({comment.post_id for comment in visible})
    _locked(Post.objects.all(), posts)
    gone = Comment.objects.filter(post=models.OuterRef("pk"), pk__in=[each.pk for each in visible])
    number = gone.order_by().values("post").annotate(number=Count("pk")).values("number")
    Post.objects.filter(pk__in=posts).update(
        comments_count=F("comments_count") - models.Subquery(number)
    )
    changes = [_of_comment(Kind.COMMENT_REMOVED, comment) for comment in visible]
    return _record_for(changes, Notification.objects.recount_about(comments=ids))


def _remove_posts(posts: list[Post]) -> Change | None:
    ids = [post.pk for post in posts]
    changes = [
        Change(
            kind=Kind.POST_REMOVED,
            post_id=post.pk,
            author_id=post.author_id,
            tags_before=post.lists_as_fetched,
            tags_after=post.lists_as_fetched,
        )
        for post in posts
        if not post.removed_at
    ]
    Post.objects.filter(pk__in=ids).update(
        title="",
        book_author="",
        book_key="",
        body="",
        rating=None,
        slug="removed",
        removed_at=Coalesce("removed_at", Now()),
    )
    Cover.objects.filter(post__in=ids).discard()
    for model in (Revision, Tagging, SearchDocument):
        model._base_manager.filter(post__in=ids).delete()
    return _record_for(changes, Notification.objects.recount_about(posts=ids))


def _record_for(changes: list[Change], notified: Iterable[int]) -> Change | None:
    """Record these; the last one reports that the unread notifications of some users changed."""
    if changes:
        changes[-1].users = sorted(notified)
    return record_all(changes)


def _locked(rows: models.QuerySet[Row], ids: Iterable[int]) -> list[Row]:
    """Lock these rows in one order, so that two who do so do not wait for each other."""
    return list(rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)))


def _of_comment(kind: Kind, comment: Comment) -> Change:
    return Change(
        kind=kind,
        post_id=comment.post_id,
        author_id=comment.post.author_id,
        comment_id=comment.pk,
        parent_id=comment.parent_id,
    )
