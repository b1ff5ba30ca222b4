"""The conversation on a post: comments, and replies to them."""

import uuid
from collections.abc import Callable, Iterable
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from accounts.models.block import lock_shared
from accounts.names.keys import new_names
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change, record
from posts.content.mentions import mentioned_in
from posts.log import Kind
from posts.models.likeable import Likeable, TakenDown, author_is_present
from posts.models.moderated import Enter
from posts.models.notification import Notification
from posts.models.post import Post
from posts.models.resubmission import next_submission

MOST_REPLIES = 50
"""How many replies are shown below a comment, the latest; the others have a page of their own."""


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible(self) -> Self:
        """Comments that have not been removed."""
        return self.filter(removed_at=None)

    def shown(self) -> Self:
        """Comments that a page shows: visible ones, and removed ones with visible replies."""
        replies = Comment.objects.visible().filter(parent=OuterRef("pk"))
        return self.filter(Q(removed_at=None) | Exists(replies))

    def opening(self) -> Self:
        """Comments that are no replies."""
        return self.filter(parent=None)

    def oldest_first(self) -> Self:
        return self.order_by("pk")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, comment_id: int) -> Self:
        """The keyset of the next page."""
        return self.filter(pk__lt=comment_id)

    def newer_than(self, comment_id: int) -> Self:
        return self.filter(pk__gt=comment_id)

    def editable_by(self, user: User) -> Self:
        """Comments that this user may edit and remove: their own."""
        return self.filter(author=user)

    def with_details(self, *, of_one_post: bool = False) -> Self:
        """Fetch what a fragment shows along with the comments: two queries for any number.

        Their post as well, unless they are all of one, which the caller has.
        """
        along = ("author",) if of_one_post else ("author", "post")
        latest = Comment.objects.visible().select_related(*along).newest_first()
        return self.select_related(*along).prefetch_related(
            Prefetch("replies", queryset=latest[: MOST_REPLIES + 1], to_attr="latest_replies")
        )


class Comment(Likeable):
    """A comment on a post, or a reply to one."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    # One level: a reply has no replies.
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments"
    )
    body = models.TextField(_("your comment"), max_length=5_000)
    # Given to the form when it is drawn: the second of two clicks on "Say it" sends the same, and
    # so does what is typed after Back (posts.models.resubmission).
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    latest_replies: list["Comment"]
    """Some of the visible replies, the latest first. Set by `with_details`."""
    may_moderate: bool
    """Whether the viewer may moderate it. Set by posts.pages.viewer_state."""
    may_edit: bool
    """Whether the viewer may edit it. Set by posts.pages.viewer_state."""
    may_block: bool
    """Whether it is by somebody whom the viewer may block. Set by posts.pages.viewer_state."""

    objects = CommentQuerySet.as_manager()

    class AlreadyPublished(Exception):
        """This submission has become a comment before."""

    class RoomClosed(Likeable.Gone):
        """A moderator has closed the room: nobody comments there."""

    class Meta:
        indexes = [
            models.Index(
                fields=["post", "-id"], name="opening_comments", condition=models.Q(parent=None)
            ),
            models.Index(fields=["parent", "-id"], name="replies_of_a_comment"),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.post_id}"

    def get_absolute_url(self) -> str:
        """The permalink: it redirects to the page of the conversation that has the comment."""
        return reverse("posts:comment", args=[self.post_id, self.pk])

    @property
    def replies_shown(self) -> list["Comment"]:
        """The latest replies, oldest first, of a comment that was fetched `with_details`."""
        return self.latest_replies[:MOST_REPLIES][::-1] if hasattr(self, "latest_replies") else []

    @property
    def has_earlier_replies(self) -> bool:
        """Whether there are more than `replies_shown`."""
        return len(getattr(self, "latest_replies", ())) > MOST_REPLIES

    def is_editable_by(self, user: User | AnonymousUser) -> bool:
        """Whether this user may edit and remove the comment."""
        return user.is_authenticated and user.pk == self.author_id

    def publish(self) -> Change:
        """Store this new comment and return the change.

        Raises Gone when the post or the comment that it replies to has been removed or the room is
        closed, Blocked when the author of one of them has blocked this one, and AlreadyPublished
        when its `submission` has become a comment before.
        """
        # Markdown is read before the transaction: it takes a while, and locks would be held.
        mentions = mentioned_in(self.body)
        try:
            with transaction.atomic():
                lock_shared(self.author_id)
                self._enter_room()
                if self.parent_id and not self._siblings.filter(pk=self.parent_id).exists():
                    raise self.Gone
                Block.objects.refuse(self.author_id, *self._addressed, is_locked=True)
                self.save(force_insert=True)
                return self._record(Kind.COMMENT_CREATED, self._notify(mentions, is_new=True))
        except IntegrityError:
            if Comment.objects.filter(submission=self.submission).exists():
                raise self.AlreadyPublished from None
            raise

    def publish_again(self) -> Change | None:
        """Do what is meant by a form whose `submission` has become a comment before.

        The same text is the second of two clicks: this then becomes the comment that exists, and
        None is returned. Another text is another comment. Raises Gone like `publish`.
        """
        texts = (self.post_id, self.parent_id, self.body)
        while earlier := Comment.objects.filter(submission=self.submission).first():
            is_mine = earlier.author_id == self.author_id and not earlier.removed_at
            if is_mine and texts == (earlier.post_id, earlier.parent_id, earlier.body):
                self.pk = earlier.pk
                return None
            self.submission = next_submission(self.submission, self.author_id, *texts)
        try:
            return self.publish()
        except self.AlreadyPublished:
            # Another request with this text has overtaken this one.
            return self.publish_again()

    @property
    def _siblings(self) -> CommentQuerySet:
        return Comment.objects.visible().opening().filter(post_id=self.post_id)

    def revise(self, body: str, *, editor: User | None = None) -> Change:
        """Store a new text and return the change. Raises Gone when the comment is removed.

        Raises Blocked when the editor is its author, and one whom it is said to has blocked them.
        """
        stored = Comment.objects.visible().filter(pk=self.pk)
        bodies = stored.values_list("body", flat=True)
        # Before the transaction, as in `publish`.
        read = bodies.first() or ""
        mentions, old_mentions = mentioned_in(body), mentioned_in(read)
        with transaction.atomic():
            lock_shared(self.author_id)
            before = bodies.first()
            self.body, self.edited_at = body, timezone.now()
            if before is None or not stored.update(body=body, edited_at=self.edited_at):
                raise self.Gone
            if editor is not None and editor.pk == self.author_id:
                Block.objects.refuse(self.author_id, *self._addressed, is_locked=True)
            if before != read:
                # Somebody else has edited it in between.
                old_mentions = mentioned_in(before)
            notified = self._notify(new_names(mentions, old_mentions), is_new=False)
            return self._record(Kind.COMMENT_EDITED, notified)

    def remove(self) -> Change:
        """Take this comment off every page; one that has replies leaves a tombstone.

        Raises Gone when it has been removed before, or its post has been.
        """
        with transaction.atomic():
            # First of all: it locks the post, as in `take_down`.
            self._count(0)
            self.removed_at = timezone.now()
            stored = Comment.objects.visible().filter(pk=self.pk)
            if not stored.update(removed_at=self.removed_at):
                raise self.Gone
            self._count(-1)
            return self._record(Kind.COMMENT_REMOVED, self._recount_unread())

    def take_down(self, how: TakenDown, enter: Enter) -> Change:
        """Take it off every page, so that its author cannot put it back. `enter` as for posts."""
        with transaction.atomic():
            # First of all a write: it locks the post.
            self._recount(0)
            stored = Comment.objects.select_for_update(no_key=True).get(pk=self.pk)
            was_visible = stored.removed_at is None
            if was_visible:
                self._recount(-1)
            self.removed_at = stored.removed_at or timezone.now()
            self.taken_down = how
            self.removed_by_author = stored.was_removed_by_author
            self.save(update_fields=["removed_at", "taken_down", "removed_by_author"])
            return self._record(Kind.COMMENT_REMOVED, {*enter(), *self._recount_unread()})

    def put_back(self, enter: Enter) -> Change:
        """Undo `take_down`. What its author had removed before stays removed. Raises Gone."""
        with transaction.atomic():
            is_present = author_is_present(self)
            self._recount(0)
            stored = Comment.objects.select_for_update(no_key=True).get(pk=self.pk)
            if not is_present or stored.taken_down in (TakenDown.NOT, TakenDown.PURGED):
                raise self.Gone
            self.taken_down, self.removed_by_author = TakenDown.NOT, stored.removed_by_author
            self.removed_at = stored.removed_at
            if not stored.removed_by_author:
                self.removed_at = None
                self._recount(+1)
            self.save(update_fields=["removed_at", "taken_down"])
            return self._record(Kind.COMMENT_RESTORED, {*enter(), *self._recount_unread()})

    def redact(self, cut: Callable[[str], str], enter: Enter) -> Change:
        """Cut something out of the text, for good: it stays nowhere. The comment may be removed."""
        with transaction.atomic():
            stored = Comment.objects.select_for_update(no_key=True).get(pk=self.pk)
            self.body, self.edited_at = cut(stored.body), timezone.now()
            self.save(update_fields=["body", "edited_at"])
            return self._record(Kind.COMMENT_EDITED, enter())

    @property
    def subject(self) -> tuple[int, int]:
        return self.post_id, self.pk

    def record_return(self) -> Change:
        """Record that the stored comment is on pages again."""
        return self._record(Kind.COMMENT_RESTORED)

    def record_like(self, notified: Iterable[int]) -> Change:
        return self._record(Kind.COMMENT_LIKED, notified)

    @property
    def _addressed(self) -> list[int]:
        """The ids of those to whom it is said: the authors of the post and of the parent."""
        return [self.post.author_id, *([self.parent.author_id] if self.parent else [])]

    def _notify(self, mentions: set[str], *, is_new: bool) -> list[int]:
        """Notify who is mentioned; of a new comment also who is replied to, and the post's author.

        Each is notified once. Return their ids.
        """
        kinds: dict[User, NotificationKind] = {}
        if is_new and self.parent is not None:
            kinds[self.parent.author] = NotificationKind.REPLIED
        for user in User.objects.named(mentions):
            kinds.setdefault(user, NotificationKind.MENTIONED)
        if is_new:
            kinds.setdefault(self.post.author, NotificationKind.COMMENTED)
        # `publish` has refused those whom these have blocked.
        cleared = self._addressed if is_new else []
        return Notification.objects.notify(
            kinds, self.author_id, self.post_id, self.pk, cleared=cleared
        )

    def _recount_unread(self) -> set[int]:
        return Notification.objects.recount_about(comments=[self.pk])

    def _recount(self, by: int) -> None:
        # As `_count`, whether or not the post is visible.
        Post.objects.filter(pk=self.post_id).update(comments_count=F("comments_count") + by)

    def _enter_room(self) -> None:
        """Count this new comment. Raises RoomClosed, or Gone."""
        room = Post.objects.visible().filter(pk=self.post_id)
        # It locks the post as well: what is read of it next stays true.
        if not room.filter(closed_at=None).update(comments_count=F("comments_count") + 1):
            raise self.RoomClosed if room.exists() else self.Gone

    def _count(self, by: int) -> None:
        # It locks the post as well: what is read of it next stays true.
        post = Post.objects.visible().filter(pk=self.post_id)
        if not post.update(comments_count=F("comments_count") + by):
            raise self.Gone

    def _record(self, kind: Kind, notified: Iterable[int] = ()) -> Change:
        return record(
            kind,
            post_id=self.post_id,
            author_id=self.post.author_id,
            comment_id=self.pk,
            parent_id=self.parent_id,
            users=notified,
        )
