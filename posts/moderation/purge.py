"""Remove everything of a person in one step, as one change; and bring it back."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change, record, start_anew
from posts.log import Kind
from posts.models import (
    Comment,
    Cover,
    Follow,
    Like,
    ModerationAction,
    Notification,
    Post,
    Report,
    SearchDocument,
    Tag,
)
from posts.models.likeable import TakenDown
from posts.models.moderation import Verb
from posts.search.analysis import searchable

UNDO_WITHIN = timedelta(days=30)

MOST_IN_A_CHANGE = 2_000
"""Posts and comments that one change names; beyond that all pages reload."""

MOST_CHANGES = 100
"""What comes back gets a change each; beyond that all pages reload."""


BATCH = 500
"""Ids in one query."""


class Pointless(Exception):
    """There is nothing (left) to do."""


class Traces(NamedTuple):
    """What a person has left on the site: the number of each."""

    posts: int
    comments: int
    likes: int
    tags: int
    follows: int
    notifications: int
    reports: int


def traces_of(person: User) -> Traces:
    """Count what `purge` would remove."""
    return Traces(
        posts=Post.objects.visible().by(person.pk).count(),
        comments=Comment.objects.visible().filter(author=person).count(),
        likes=Like.objects.of(person).count(),
        tags=_tags_of_theirs(person).count(),
        follows=Follow.objects.filter(Q(follower=person) | Q(author=person)).count(),
        notifications=Notification.objects.filter(actor=person)
        .exclude(action__isnull=False)
        .count(),
        reports=Report.objects.open().filter(person=person).count(),
    )


def _tags_of_theirs(person: User) -> models.QuerySet[Tag]:
    """Return the tags that only they use."""
    others = Tag.objects.filter(posts__in=Post.objects.exclude(author=person))
    return Tag.objects.filter(posts__author=person).exclude(pk__in=others.values("pk")).distinct()


def purge(action: ModerationAction) -> Change | None:
    """Remove all posts, comments, likes and follows of a person, and ban them.

    Nothing is deleted but likes, follows and notifications; the entry knows the former two, so
    that they can be brought back.
    """
    now = timezone.now()
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=action.person_id)
        if person.purged_at is not None:
            raise Pointless
        posts = list(Post.objects.visible().by(person.pk).values_list("pk", flat=True))
        was_pinned = Post.objects.filter(pk__in=posts, pinned_at__isnull=False).exists()
        comments = list(
            Comment.objects.visible()
            .filter(author=person)
            .values_list("pk", "post_id", "parent_id")
        )
        likes = list(Like.objects.of(person).values_list("post_id", "comment_id"))
        follows = {
            "follows": list(Follow.objects.by(person).values_list("author_id", flat=True)),
            "followers": list(
                Follow.objects.filter(author=person).values_list("follower_id", flat=True)
            ),
        }
        notified = _forget_notifications(person)
        Like.objects.of(person).delete()
        Follow.objects.filter(Q(follower=person) | Q(author=person)).delete()
        gone = {"removed_at": now, "taken_down": TakenDown.PURGED}
        for some in _batches(posts):
            Post.objects.filter(pk__in=some).update(**gone)
            SearchDocument.objects.filter(pk__in=some).delete()
            Cover.objects.filter(post__in=some).settle_on_commit()
        for some in _batches([pk for pk, _, _ in comments]):
            Comment.objects.filter(pk__in=some).update(**gone)
        notified |= _count_unread_about(posts, [pk for pk, _, _ in comments])
        liked_comments = [pk for _, pk in likes if pk is not None]
        counted = {post for post, pk in likes if pk is None} | {post for _, post, _ in comments}
        _count_again(counted, liked_comments)
        details: dict[str, Any] = {"was_active": person.is_active, "likes": likes, **follows}
        action.details = details
        User.objects.filter(pk=person.pk).update(purged_at=now, banned_at=now, is_active=False)
        action.enter()
        rooms = _rooms_of(comments, liked_comments)
        change = {
            "posts": posts,
            "counted": sorted(counted - set(posts)),
            "comments": rooms,
            "pin": was_pinned,
        }
        if sum(map(len, (posts, counted, rooms))) > MOST_IN_A_CHANGE:
            return start_anew(Kind.AUTHOR_PURGED, author_id=person.pk)
        return record(Kind.AUTHOR_PURGED, author_id=person.pk, users=notified, details=change)


def _rooms_of(
    comments: Iterable[tuple[int, int, int | None]], liked: Iterable[int]
) -> dict[str, int]:
    """Map the comments that look different afterwards, with their parents, to their posts."""
    rooms = {str(pk): post for pk, post, _ in comments}
    rooms |= {str(parent): post for _, post, parent in comments if parent is not None}
    rooms |= {
        str(pk): post
        for pk, post in Comment.objects.filter(pk__in=liked).values_list("pk", "post_id")
    }
    return rooms


def _count_again(posts: Iterable[int], comments: Iterable[int]) -> None:
    """Count the likes and comments of these posts, and the likes of these comments."""
    likes = Like.objects.order_by()
    on_post = likes.filter(post=OuterRef("pk"), comment=None).values("post").annotate(n=Count("pk"))
    on_comment = likes.filter(comment=OuterRef("pk")).values("comment").annotate(n=Count("pk"))
    said = Comment.objects.visible().filter(post=OuterRef("pk")).order_by()
    said_on = said.values("post").annotate(n=Count("pk"))
    for some in _batches(sorted(posts)):
        Post.objects.filter(pk__in=some).update(
            likes_count=Coalesce(Subquery(on_post.values("n")), 0),
            comments_count=Coalesce(Subquery(said_on.values("n")), 0),
        )
    for some in _batches(sorted(comments)):
        Comment.objects.filter(pk__in=some).update(
            likes_count=Coalesce(Subquery(on_comment.values("n")), 0)
        )


def _forget_notifications(person: User) -> set[int]:
    """Delete what they caused, and take them off the likes of several. Return whom it concerns."""
    theirs = Notification.objects.filter(actor=person, action=None)
    ids = set(theirs.values_list("user_id", flat=True))
    Notification.objects.lock_counts(ids)
    shared = theirs.filter(kind=NotificationKind.LIKED, count__gt=1)
    for each in shared:
        others = Like.objects.about(each.post_id or 0, each.comment_id).exclude(user=person)
        last = others.latest_first().first()
        if last is not None:
            Notification.objects.filter(pk=each.pk).update(
                actor_id=last.user_id, count=F("count") - 1
            )
    theirs.delete()
    Notification.objects.recount(ids)
    return ids


def _count_unread_about(posts: list[int], comments: list[int]) -> set[int]:
    """Count the unread notifications again that are about these; return whose they are."""
    about_posts = [Notification.objects.recount_about(posts=some) for some in _batches(posts)]
    about_comments = [
        Notification.objects.recount_about(comments=some) for some in _batches(comments)
    ]
    return set().union(*about_posts, *about_comments)


def unpurge(action: ModerationAction) -> Change | None:
    """Bring back what `purge` removed, and lift the ban; but for what has gone meanwhile."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=action.person_id)
        purges = ModerationAction.objects.against(person).filter(verb=Verb.PURGE)
        last = purges.newest_first().first()
        if person.purged_at is None or last is None:
            raise Pointless
        if timezone.now() > last.at + UNDO_WITHIN:
            raise Pointless
        posts = list(Post.objects.by(person.pk).filter(taken_down=TakenDown.PURGED).order_by("pk"))
        comments = list(
            Comment.objects.filter(author=person, taken_down=TakenDown.PURGED)
            .select_related("post")
            .order_by("pk")
        )
        back = {"removed_at": None, "taken_down": TakenDown.NOT}
        for some in _batches([post.pk for post in posts]):
            Post.objects.filter(pk__in=some).update(**back)
            Cover.objects.filter(post__in=some).settle()
        for some in _batches([comment.pk for comment in comments]):
            Comment.objects.filter(pk__in=some).update(**back)
        for post in posts:
            names = [tag.name for tag in post.tags.all()]
            SearchDocument.objects.put(
                post.pk, post.title, post.book_author, searchable(post.body), names
            )
        likes = _bring_likes_back(person, last.details.get("likes", []))
        _bring_follows_back(person, last.details)
        counted = {post for post, _ in likes} | {comment.post_id for comment in comments}
        liked_comments = {comment for _, comment in likes if comment is not None}
        _count_again(counted | {post.pk for post in posts}, liked_comments)
        was_active = last.details.get("was_active", True)
        User.objects.filter(pk=person.pk).update(
            purged_at=None, banned_at=None, is_active=was_active
        )
        person.is_active = was_active
        action.person = person
        about = _count_unread_about([each.pk for each in posts], [each.pk for each in comments])
        notified = {*action.enter(), *about}
        if len(posts) + len(comments) + len(likes) > MOST_CHANGES:
            return start_anew(Kind.AUTHOR_BACK, author_id=person.pk)
        _record_each(posts, comments, likes)
        # Last: it names the reader again wherever a page does.
        return record(Kind.AUTHOR_BACK, author_id=person.pk, users=notified)


def _record_each(
    posts: Iterable[Post], comments: Iterable[Comment], likes: Iterable[tuple[int, int | None]]
) -> None:
    """Record what came back. Nothing else is locked from the first of these to the commit."""
    for post in posts:
        post.record_return()
    for comment in comments:
        comment.record_return()
    for post in Post.objects.filter(pk__in={post for post, comment in likes if comment is None}):
        post.record_like(())
    liked = {comment for _, comment in likes if comment is not None}
    for each in Comment.objects.filter(pk__in=liked).select_related("post"):
        each.record_like(())


def _bring_likes_back(
    person: User, likes: Iterable[tuple[int, int | None]]
) -> list[tuple[int, int | None]]:
    """Store those likes again whose posts and comments still exist; return them."""
    pairs = [(post, comment) for post, comment in likes]
    posts = _existing(Post.objects.all(), {post for post, _ in pairs})
    comments = _existing(Comment.objects.all(), {pk for _, pk in pairs if pk is not None})
    there = [(post, pk) for post, pk in pairs if post in posts and (pk is None or pk in comments)]
    rows = [Like(user=person, post_id=post, comment_id=comment) for post, comment in there]
    Like.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return there


def _bring_follows_back(person: User, details: Mapping[str, Any]) -> None:
    followed = _existing(User.objects.all(), set(details.get("follows", [])))
    followers = _existing(User.objects.all(), set(details.get("followers", [])))
    rows = [Follow(follower=person, author_id=pk) for pk in sorted(followed)]
    rows += [Follow(follower_id=pk, author=person) for pk in sorted(followers)]
    Follow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _existing(rows: models.QuerySet[Any], ids: set[int]) -> set[int]:
    found: set[int] = set()
    for some in _batches(sorted(ids)):
        found.update(rows.filter(pk__in=some).values_list("pk", flat=True))
    return found


def _batches(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
