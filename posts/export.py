"""What somebody has written, for the download of everything (accounts/leaving/exports.py)."""

from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from accounts.leaving.exports import Row, files, in_batches, leaves_out, part
from accounts.models import User
from posts.models import (
    Comment,
    CommentDraft,
    Cover,
    Draft,
    Follow,
    Like,
    ModerationAction,
    Notification,
    Post,
    Report,
    Revision,
    Shelf,
    ShelvedBook,
)
from posts.models.review import TEXTS

leaves_out("posts.Follow.author", "who follows you is theirs to know")
leaves_out("posts.Report.person", "who has reported you is theirs to know")
leaves_out("posts.ModerationAction.moderator", "what moderators did is in the records of the site")
leaves_out("posts.Appeal.answered_by", "what moderators did is in the records of the site")
leaves_out("posts.Notification.actor", "what others were notified of is theirs")


@part(
    "posts", _("your posts, also those that you removed"), "posts.Post.author", "posts.Cover.owner"
)
def posts(user: User) -> Iterator[Row]:
    mine = Post.objects.by(user.pk).select_related("cover").prefetch_related("tags")
    for post in in_batches(mine):
        cover = getattr(post, "cover", None)
        yield {
            "id": post.pk,
            "address": post.get_absolute_url(),
            **post.texts,
            "tags": [tag.name for tag in post.tags.all()],
            "cover": _cover_name(cover) if cover else None,
            **_of(post, "version", "is_key", "likes_count", "comments_count"),
            **_of(post, "created_at", "edited_at", "removed_at"),
        }


@part("revisions", _("the texts of your posts before each edit"), "posts.Revision.editor")
def revisions(user: User) -> Iterator[Row]:
    for each in in_batches(Revision.objects.filter(post__author=user)):
        yield {
            "post": each.post_id,
            "by_you": each.editor_id == user.pk,
            **_of(each, "version", *TEXTS, "edited_at"),
        }


@part("comments", _("your comments, also those that you removed"), "posts.Comment.author")
def comments(user: User) -> Iterator[Row]:
    for each in in_batches(Comment.objects.filter(author=user)):
        yield _of(
            each, "id", "post_id", "parent_id", "body", "likes_count",
            "created_at", "edited_at", "removed_at",
        )  # fmt: skip


@part("drafts", _("drafts of posts"), "posts.Draft.author")
def drafts(user: User) -> Iterator[Row]:
    for each in in_batches(Draft.objects.owned_by(user).select_related("cover")):
        yield {
            **_of(each, "post_id", "title", "book_author", "rating", "body", "tags", "kept_at"),
            "cover": _cover_name(each.cover) if each.cover else None,
        }


@part("comment_drafts", _("comments that you have begun"), "posts.CommentDraft.author")
def comment_drafts(user: User) -> Iterator[Row]:
    for each in in_batches(CommentDraft.objects.filter(author=user)):
        yield _of(each, "post_id", "parent_id", "body", "kept_at")


@part("shelf", _("the books on your reading list"), "posts.ShelvedBook.reader")
def shelf(user: User) -> Iterator[Row]:
    for each in in_batches(ShelvedBook.objects.of(user)):
        yield _of(each, "title", "book_author", "state", "moved_at", "taken_off_at", "post_id")


@part("shelf_settings", _("whether your reading list is public"), "posts.Shelf.reader")
def shelf_settings(user: User) -> Iterator[Row]:
    for each in Shelf.objects.filter(reader=user):
        yield _of(each, "is_public")


@part("likes", _("what you like"), "posts.Like.user")
def likes(user: User) -> Iterator[Row]:
    for each in in_batches(Like.objects.of(user)):
        yield _of(each, "post_id", "comment_id", "created_at")


@part("following", _("the authors whom you follow"), "posts.Follow.follower")
def following(user: User) -> Iterator[Row]:
    for each in in_batches(Follow.objects.by(user).select_related("author")):
        yield {"username": each.author.username, "since": each.since}


@part("notifications", _("what you were notified of"), "posts.Notification.user")
def notifications(user: User) -> Iterator[Row]:
    for each in in_batches(Notification.objects.of(user).select_related("actor")):
        yield {
            **_of(each, "kind", "post_id", "comment_id", "count", "at", "read_at", "mailed_at"),
            "by": each.actor.username,
        }


@part("reports", _("what you reported to the moderators"), "posts.Report.reporter")
def reports(user: User) -> Iterator[Row]:
    for each in in_batches(Report.objects.filter(reporter=user)):
        yield _of(each, "target", "reason", "text", "at", "closed_at")


@part(
    "moderation", _("what moderators decided about you, and your appeals"),
    "posts.ModerationAction.person",
)  # fmt: skip
def moderation(user: User) -> Iterator[Row]:
    mine = ModerationAction.objects.filter(person=user).select_related("appeal")
    for each in in_batches(mine):
        appeal = getattr(each, "appeal", None)
        yield {
            **_of(each, "verb", "target", "reason", "text", "until", "at"),
            "appeal": _of(appeal, "text", "at", "answer", "answered_at") if appeal else None,
        }


@files(_("`posts/*.md`: each of your posts once more, as Markdown"))
def markdown(user: User) -> Iterator[tuple[str, bytes]]:
    for post in in_batches(Post.objects.by(user.pk).prefetch_related("tags")):
        head = [f"# {post.title}", "", f"by {post.book_author}", ""]
        head += [f"Rating: {post.rating} of 5", ""] if post.rating else []
        names = ", ".join(tag.name for tag in post.tags.all())
        head += [f"Tags: {names}", ""] if names else []
        text = "\n".join([*head, f"Posted: {post.created_at:%Y-%m-%d %H:%M}", "", post.body, ""])
        yield f"posts/{post.pk}.md", text.encode()


@files(_("`covers/*.webp`: the pictures of covers that you chose, as they are kept here"))
def covers(user: User) -> Iterator[tuple[str, bytes]]:
    for cover in in_batches(Cover.objects.owned_by(user)):
        try:
            with default_storage.open(cover.largest_file) as file:
                yield _cover_name(cover), file.read()
        except OSError:
            # Gone from the storage: the rest is worth having.
            continue


def _cover_name(cover: Cover) -> str:
    return f"covers/{cover.token}.webp"


def _of(row: Any, *names: str) -> Row:
    return {name: getattr(row, name) for name in names}
