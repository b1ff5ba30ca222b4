"""A post: a book that somebody read, and their review of it."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.names.keys import new_names
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change, record
from posts.content.mentions import mentioned_in
from posts.content.slugs import address_of
from posts.log import KEY_MARK, PIN_MARK, Kind
from posts.models.cover import KEEP, Cover, Keep
from posts.models.follow import Follow
from posts.models.likeable import Likeable, author_is_present
from posts.models.moderated import ModeratedPost
from posts.models.notification import Notification
from posts.models.post_queryset import PostQuerySet
from posts.models.review import TEXTS, Review
from posts.models.revision import Revision
from posts.models.tag import Tag
from posts.search.analysis import searchable
from posts.search.document import SearchDocument

UNDO_WITHIN = timedelta(minutes=10)
"""How long a removal can be taken back."""


class Post(ModeratedPost, Review, Likeable):
    """A book and its review, by one author."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    # The words in the post's address. They stay when the title changes, and so does the address.
    slug = models.SlugField(max_length=60, allow_unicode=True, editable=False, db_index=False)
    tags = models.ManyToManyField(Tag, through="posts.Tagging", related_name="posts", blank=True)
    # Given to the form when it is drawn: the second of two clicks on "Post it" sends the same, and
    # so does what is typed after Back (posts.models.resubmission).
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of several only the last counts.
    pinned_at = models.DateTimeField(null=True, editable=False)
    is_key = models.BooleanField("key post", default=False, editable=False)
    # Counts the edits. An edit of an older version is stored only after its editor saw both.
    version = models.PositiveIntegerField(default=1, editable=False)
    # Kept by the verbs of comments, in the transaction of what they count.
    comments_count = models.PositiveIntegerField(default=0, editable=False)
    # Since when nobody may comment on it.
    closed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    shelved: models.Model | None
    """The viewer's ShelvedBook of this book. Set by posts.pages.viewer_state."""

    objects = PostQuerySet["Post"].as_manager()

    class AlreadyPublished(Exception):
        """This submission has become a post before."""

    class Conflict(Exception):
        """Somebody else has saved another version since."""

    class TooLate(Exception):
        """The removal is longer ago than UNDO_WITHIN."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_rating_in_stars",
                condition=models.Q(rating=None) | models.Q(rating__range=(Decimal("0.5"), 5)),
            ),
        ]
        permissions = [("mark_post", "Can pin posts and mark key posts")]
        indexes = [
            models.Index(
                fields=["author", "-id"], name="post_by_author", condition=models.Q(removed_at=None)
            ),
            models.Index(
                fields=["book_key", "-id"], name="post_by_book", condition=models.Q(removed_at=None)
            ),
            models.Index(
                fields=["-id"],
                name="post_key",
                condition=models.Q(is_key=True, removed_at=None),
            ),
            models.Index(
                fields=["-pinned_at"],
                name="post_pinned",
                condition=models.Q(pinned_at__isnull=False),
            ),
        ]

    def get_absolute_url(self) -> str:
        if self.removed_at is not None:
            # The slug is made of the title, which is removed as well.
            return reverse("posts:number", args=[self.pk])
        return reverse("posts:detail", args=[self.pk, self.slug])

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Ask the database nothing: the validators of `rating` hold what the constraint does."""

    def is_editable_by(self, user: User | AnonymousUser) -> bool:
        """Whether this user may edit and remove the post."""
        return user.is_authenticated and user.pk == self.author_id

    def publish(self, tags: Iterable[str] = (), *, cover: Cover | Keep | None = KEEP) -> Change:
        """Store this new post with its tags (names) and its cover; return the change.

        Raises AlreadyPublished when its `submission` has become a post before.
        """
        self.slug = address_of(self.title)
        # Markdown is read before the transaction: it takes a while, and locks would be held.
        mentions, search_text = mentioned_in(self.body), searchable(self.body)
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                self._set_cover(cover)
                notified = self._notify(mentions, is_new=True)
                named = Tag.objects.named(tags)
                self._tag(named)
                self._have_search_know(search_text, named)
                after = [*(tag.slug for tag in named), *self._marks]
                return self._log(Kind.POST_CREATED, [], after, notified)
        except IntegrityError:
            if Post.objects.filter(submission=self.submission).exists():
                raise self.AlreadyPublished from None
            raise

    def revise(
        self,
        tags: Iterable[str] | None = None,
        *,
        editor: User | None = None,
        cover: Cover | Keep | None = KEEP,
    ) -> Change:
        """Store the edited fields, and the tags when given; return the change.

        `cover` replaces the present one; None removes it. The texts from before the edit go into
        the history. Raises Conflict, and stores nothing, when the stored post has another `version`
        than this one, or has been removed.
        """
        stored = Post.objects.visible().filter(pk=self.pk, version=self.version)
        # Before the transaction, as in `publish`. The text of a version never changes.
        body_before = stored.values_list("body", flat=True).first()
        if body_before is None:
            raise self.Conflict
        mentions = new_names(mentioned_in(self.body), mentioned_in(body_before))
        search_text = searchable(self.body)
        with transaction.atomic():
            # First of all a write: it locks the row, so that what is read next stays true.
            if not stored.update(version=self.version + 1):
                raise self.Conflict
            before = Post.objects.get(pk=self.pk)
            Revision.objects.create(
                post=before, version=self.version, editor=editor, **before.texts
            )
            lists = before.lists()
            self.version += 1
            self.edited_at = timezone.now()
            self.save(update_fields=[*TEXTS, "book_key", "edited_at"])
            self._set_cover(cover)
            notified = self._notify(mentions, is_new=False)
            return self._record(Kind.POST_EDITED, lists, tags, notified, search_text)

    def remove(self) -> Change:
        """Take this post off every page. The row stays, as a tombstone."""
        with transaction.atomic():
            self.removed_at = timezone.now()
            self.save(update_fields=["removed_at"])
            return self._record_removal()

    @property
    def undo_until(self) -> datetime | None:
        """When the removal becomes final; None for a post that is visible.

        What a moderator has taken down its author cannot put back.
        """
        if self.removed_at is None or self.taken_down:
            return None
        return self.removed_at + UNDO_WITHIN

    @property
    def can_be_restored(self) -> bool:
        """Whether the post has been removed, and not too long ago or for good."""
        # Without a text it has been removed for good (posts/departure.py).
        return bool(self.body and self.undo_until and timezone.now() < self.undo_until)

    def restore(self) -> Change:
        """Undo the removal. Raises TooLate when that is no longer possible."""
        search_text = searchable(self.body)
        with transaction.atomic():
            is_present = author_is_present(self)
            # What is stored counts: a moderator may have taken it down meanwhile.
            stored = self._stored()
            self.removed_at, self.taken_down = stored.removed_at, stored.taken_down
            if not (is_present and self.can_be_restored):
                raise self.TooLate
            search_text = self._as_stored(stored, search_text)
            return self._record_return((), search_text)

    def pin(self) -> Change | None:
        """Put this post on top of the front page, in the place of another.

        Return None when it is there already. Raises Gone, like the verbs below, when the post has
        been removed.
        """
        with transaction.atomic():
            before = self._lock().lists()
            if Post.objects.pinned() == self:
                return None
            Post.objects.filter(pk=self.pk).update(pinned_at=timezone.now())
            return self._record(Kind.POST_PINNED, before)

    def unpin(self) -> Change | None:
        """Take this post off the top of the front page. Return None when it is not there."""
        with transaction.atomic():
            before = self._lock().lists()
            if Post.objects.pinned() != self:
                return None
            # Those whose place it took do not come back.
            Post.objects.filter(pinned_at__isnull=False).update(pinned_at=None)
            return self._record(Kind.POST_UNPINNED, before)

    def mark(self, *, key: bool) -> Change | None:
        """Mark this as a key post, or take the mark away. Return None when nothing changes."""
        with transaction.atomic():
            stored = self._lock()
            if stored.is_key == key:
                return None
            before = stored.lists()
            Post.objects.filter(pk=self.pk).update(is_key=key)
            return self._record(Kind.POST_MARKED if key else Kind.POST_UNMARKED, before)

    def _lock(self) -> "Post":
        # SQLite ignores select_for_update(); there a transaction holds the lock from its beginning.
        stored = Post.objects.visible().select_for_update().filter(pk=self.pk).first()
        if stored is None:
            raise self.Gone
        return stored

    @property
    def subject(self) -> tuple[int, None]:
        return self.pk, None

    def record_like(self, notified: Iterable[int]) -> Change:
        return record(Kind.POST_LIKED, post_id=self.pk, author_id=self.author_id, users=notified)

    def _set_cover(self, cover: Cover | Keep | None) -> None:
        if isinstance(cover, Cover):
            cover.attach(self.pk, self.author_id)
        elif cover is None:
            Cover.objects.filter(post=self).discard()

    def _notify(self, mentions: set[str], *, is_new: bool) -> list[int]:
        """Notify who is mentioned and, of a new post, who follows its author. Return their ids."""
        kinds = dict.fromkeys(User.objects.named(mentions), NotificationKind.MENTIONED)
        if is_new:
            for follower in Follow.objects.followers_of(self.author_id):
                kinds.setdefault(follower, NotificationKind.POSTED)
        return Notification.objects.notify(kinds, self.author_id, self.pk)

    def _slugs(self) -> list[str]:
        return [tag.slug for tag in self.tags.all()]

    def lists(self) -> list[str]:
        """The lists that the stored post is on, as a change names them: tags and marks."""
        stored = Post.objects.only("is_key", "pinned_at").get(pk=self.pk)
        return [*self._slugs(), *stored._marks]

    @property
    def lists_as_fetched(self) -> list[str]:
        """What `lists` returns, of a post that was just fetched with its tags. No query."""
        return [*self._slugs(), *self._marks]

    @property
    def tags_as_fetched(self) -> Sequence[Tag] | None:
        """The tags of a post that was fetched `with_details`; None of another one. No query.

        `tags.all()` returns the same, and makes a manager and a query set each time.
        """
        fetched = self.__dict__.get("_prefetched_objects_cache", {})
        return list(fetched["tags"]) if "tags" in fetched else None

    @property
    def _marks(self) -> list[str]:
        marks = {KEY_MARK: self.is_key, PIN_MARK: self.pinned_at}
        return [name for name, is_set in marks.items() if is_set]

    def record_return(self) -> Change:
        """Record that the stored post is on pages again."""
        return self._record(Kind.POST_RESTORED, self.lists())

    def record_tags(self, before: list[str]) -> Change:
        """Record that a tag of this post was changed. `before` is what `lists` returned then."""
        return self._record(Kind.POST_EDITED, before)

    def _record(
        self,
        kind: Kind,
        before: list[str],
        tags: Iterable[str] | None = None,
        notified: Iterable[int] = (),
        search_text: str | None = None,
    ) -> Change:
        """Store the tags, and what search finds the post by, when given; and the change."""
        if tags is not None:
            self.tags.set(Tag.objects.named(tags))
        if search_text is not None:
            self._have_search_know(search_text, self.tags.all())
        return self._log(kind, before, self.lists(), notified)

    def _tag(self, tags: Iterable[Tag]) -> None:
        """Store the tags of a new post."""
        taggings = self.tags.through._default_manager
        taggings.bulk_create([taggings.model(post=self, tag=tag) for tag in tags])

    def _have_search_know(self, search_text: str, tags: Iterable[Tag]) -> None:
        names = [tag.name for tag in tags]
        SearchDocument.objects.put(self.pk, self.title, self.book_author, search_text, names)

    def _log(
        self, kind: Kind, before: list[str], after: list[str], notified: Iterable[int]
    ) -> Change:
        return record(
            kind,
            post_id=self.pk,
            author_id=self.author_id,
            users=notified,
            tags_before=before,
            tags_after=after,
        )
