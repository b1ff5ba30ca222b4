"""A post: one book that somebody read, and what they say of it."""

import uuid
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from posts.books import BookKeyField
from posts.log import KEY_MARK, PIN_MARK, Change, Kind, record
from posts.models.cover import KEEP, Cover, Keep
from posts.models.like import Like
from posts.models.notification import Notification, mentioned_in
from posts.models.post_queryset import PostQuerySet
from posts.models.revision import Revision
from posts.models.search import SearchDocument
from posts.models.tag import Tag
from posts.models.tagging import Tagging

CLOTHS = 10
"""How many colours of cloth the drawn covers come in (see covers.css)."""

UNDO_WITHIN = timedelta(minutes=10)
"""How long a removal can be taken back."""

LIKERS = 12
"""How many of those who like a post are named on its page."""

TAKEN = {"edit", "delete", "restore", "history", "like", "likes", "comments"}
"""Words that mean something else in the place of a post's own (posts/urls.py)."""


def address_of(title: str) -> str:
    """Return the words of a post's address: of its title, at most 60 characters."""
    slug = slugify(title, allow_unicode=True)[:60].strip("-") or "book"
    return f"book-{slug}" if slug in TAKEN else slug


class Post(models.Model):
    """A book and its review, by one author."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts"
    )
    # The words in the post's address. They stay when the title changes, and so does the address.
    slug = models.SlugField(max_length=60, allow_unicode=True, editable=False, db_index=False)
    title = models.CharField("title of the book", max_length=200)
    book_author = models.CharField("author of the book", max_length=200)
    body = models.TextField("your review", max_length=20_000)
    rating = models.DecimalField(
        "rating",
        max_digits=2,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal("0.5"), "The lowest rating is half a star."),
            MaxValueValidator(Decimal(5), "The highest rating is five stars."),
            StepValueValidator(Decimal("0.5"), "Ratings go in half stars, such as 3.5."),
        ],
    )
    # What the posts of one book have in common.
    book_key = BookKeyField()
    tags = models.ManyToManyField(Tag, through=Tagging, related_name="posts", blank=True)
    # Drawn with the form: the second of two clicks on "Post it" brings the same one.
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Of several only the last counts.
    pinned_at = models.DateTimeField(null=True, editable=False)
    is_key = models.BooleanField("key post", default=False, editable=False)
    # Counts the edits. An edit that was begun on an older version is not taken unseen.
    version = models.PositiveIntegerField(default=1, editable=False)
    # Kept by the verbs, in the transaction of what they count.
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    comments_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class AlreadyPublished(Exception):
        """This submission has become a post before."""

    class Conflict(Exception):
        """Somebody else has saved another version since."""

    class Gone(Exception):
        """The post has been removed."""

    class TooLate(Exception):
        """The removal is longer ago than UNDO_WITHIN."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_rating_in_stars",
                condition=models.Q(rating=None) | models.Q(rating__range=(Decimal("0.5"), 5)),
            ),
        ]
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

    def __str__(self) -> str:
        return f"{self.title}, by {self.book_author}"

    def get_absolute_url(self) -> str:
        return reverse("posts:detail", args=[self.pk, self.slug])

    @property
    def half_stars(self) -> int:
        """The rating in half stars: 1 to 10, or 0 when there is none."""
        return int(self.rating * 2) if self.rating else 0

    @property
    def cloth(self) -> int:
        """Which cloth the drawn cover is bound in, 0 to CLOTHS - 1: the same for the same book."""
        return zlib.crc32(f"{self.title}\n{self.book_author}".casefold().encode()) % CLOTHS

    @property
    def cover_size(self) -> str:
        """How large the title can stand on the drawn cover: "short", "medium", "long" or "huge"."""
        longest_word = max(map(len, self.title.split()), default=0)
        for name, letters, word in (("short", 14, 8), ("medium", 34, 10), ("long", 70, 15)):
            if len(self.title) <= letters and longest_word <= word:
                return name
        return "huge"

    def is_editable_by(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether this user may edit and remove the post."""
        return user.is_authenticated and (user.is_staff or user.pk == self.author_id)

    def publish(self, tags: Iterable[str] = (), *, cover: Cover | Keep | None = KEEP) -> Change:
        """Store this new post with its tags (names), its cover and the change that says so.

        Raises AlreadyPublished when its `submission` has become a post before.
        """
        self.slug = address_of(self.title)
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                self._put_on(cover)
                told = Notification.objects.of_post(self, mentioned_in(self.body), is_new=True)
                return self._record(Kind.POST_CREATED, [], tags, told)
        except IntegrityError:
            if Post.objects.filter(submission=self.submission).exists():
                raise self.AlreadyPublished from None
            raise

    def publish_again(
        self, tags: Iterable[str] = (), *, cover: Cover | Keep | None = KEEP
    ) -> Change | None:
        """Do what is meant when the form of a post that was published comes once more.

        The second of two clicks changes nothing (returns None). But when the answer to the first
        was lost, and the author went on writing, the newer text is stored as an edit; and as a
        post of its own when the first has been removed, or was somebody else's.
        """
        mine = Post.objects.visible().filter(submission=self.submission, author=self.author)
        earlier = mine.with_details().first()
        if earlier is None:
            self.submission = uuid.uuid4()
            return self.publish(tags, cover=cover)
        fields = ("title", "book_author", "body", "rating")
        same = all(getattr(self, name) == getattr(earlier, name) for name in fields)
        if same and {tag.slug for tag in Tag.objects.named(tags)} == set(earlier._slugs()):
            return None
        for name in fields:
            setattr(earlier, name, getattr(self, name))
        return earlier.revise(tags, editor=self.author, cover=cover or KEEP)

    def revise(
        self,
        tags: Iterable[str] | None = None,
        *,
        editor: AbstractBaseUser | None = None,
        cover: Cover | Keep | None = KEEP,
    ) -> Change:
        """Store the edited fields, and the tags when given, and the change that says so.

        `cover` is put in the place of the present one, which goes when it is None.

        What stood there before goes into the history. Raises Conflict, and stores nothing, when
        the stored post is not of this one's `version` any more, or has been removed.
        """
        with transaction.atomic():
            stored = Post.objects.visible().filter(pk=self.pk, version=self.version)
            # First of all a write: it locks the row, so that what is read next stays true.
            if not stored.update(version=self.version + 1):
                raise self.Conflict
            before = Post.objects.get(pk=self.pk)
            Revision.keep(before, self.version, editor)
            lists = before._lists()
            self.version += 1
            self.edited_at = timezone.now()
            self.save(
                update_fields=["title", "book_author", "book_key", "body", "rating", "edited_at"]
            )
            self._put_on(cover)
            new = mentioned_in(self.body) - mentioned_in(before.body)
            told = Notification.objects.of_post(self, new, is_new=False)
            return self._record(Kind.POST_EDITED, lists, tags, told)

    def remove(self) -> Change:
        """Take this post off every page. The row stays, as a tombstone."""
        with transaction.atomic():
            self.removed_at = timezone.now()
            self.save(update_fields=["removed_at"])
            return self._record(Kind.POST_REMOVED, self._lists(), None)

    @property
    def undo_until(self) -> datetime | None:
        """When the removal becomes final; None for a post that is there."""
        return self.removed_at and self.removed_at + UNDO_WITHIN

    @property
    def can_be_restored(self) -> bool:
        """Whether the post has been removed, and not too long ago."""
        return self.undo_until is not None and timezone.now() < self.undo_until

    def restore(self) -> Change:
        """Take the removal back. Raises TooLate when that is not possible any more."""
        if not self.can_be_restored:
            raise self.TooLate
        with transaction.atomic():
            self.removed_at = None
            self.save(update_fields=["removed_at"])
            return self._record(Kind.POST_RESTORED, self._lists(), None)

    def pin(self) -> Change | None:
        """Put this post on top of the front page, in the place of another. None if it is there.

        Raises Gone, like the verbs below, when the post has been removed.
        """
        with transaction.atomic():
            before = self._lock()._lists()
            if Post.objects.pinned() == self:
                return None
            Post.objects.filter(pk=self.pk).update(pinned_at=timezone.now())
            return self._record(Kind.POST_PINNED, before, None)

    def unpin(self) -> Change | None:
        """Take this post down from the top of the front page. None if it is not there."""
        with transaction.atomic():
            before = self._lock()._lists()
            if Post.objects.pinned() != self:
                return None
            # Those that it took the place of do not come back.
            Post.objects.filter(pinned_at__isnull=False).update(pinned_at=None)
            return self._record(Kind.POST_UNPINNED, before, None)

    def mark(self, *, key: bool) -> Change | None:
        """Have this post be a key post of the blog, or not. None if that was so before."""
        with transaction.atomic():
            stored = self._lock()
            if stored.is_key == key:
                return None
            before = stored._lists()
            Post.objects.filter(pk=self.pk).update(is_key=key)
            return self._record(Kind.POST_MARKED if key else Kind.POST_UNMARKED, before, None)

    def _lock(self) -> "Post":
        # SQLite ignores select_for_update(); there a transaction holds the lock from its beginning.
        stored = Post.objects.visible().select_for_update().filter(pk=self.pk).first()
        if stored is None:
            raise self.Gone
        return stored

    def like(self, user: AbstractBaseUser, liked: bool) -> Change | None:
        """Have this user like the post, or not; None when that was so before. Raises Gone."""
        with transaction.atomic():
            by = Like.objects.put(user, self, None, liked)
            there = Post.objects.visible().filter(pk=self.pk)
            if not there.update(likes_count=F("likes_count") + by):
                raise self.Gone
            if not by:
                return None
            told = Notification.objects.of_like(user, self, None, by)
            return record(Kind.POST_LIKED, post_id=self.pk, author_id=self.author_id, users=told)

    @property
    def likers(self) -> list[AbstractBaseUser]:
        """Those who liked the post last, the latest first: at most LIKERS. One query."""
        likes = self.likes.of_posts().select_related("user").latest_first()
        return [like.user for like in likes[:LIKERS]]

    @property
    def more_likers(self) -> int:
        """How many beside `likers` like it."""
        return max(0, self.likes_count - LIKERS)

    def _put_on(self, cover: Cover | Keep | None) -> None:
        if isinstance(cover, Cover):
            cover.attach(self)
        elif cover is None:
            Cover.objects.filter(post=self).discard()

    def _slugs(self) -> list[str]:
        return [tag.slug for tag in self.tags.all()]

    def _marks(self) -> set[str]:
        """What staff have said of the stored post, as a change names it. One query."""
        row = Post.objects.filter(pk=self.pk).values_list("is_key", "pinned_at").get()
        return {mark for mark, there in zip((KEY_MARK, PIN_MARK), row, strict=True) if there}

    def _lists(self) -> list[str]:
        """The lists that the stored post is on, as a change names them: tags and marks."""
        return [*self._slugs(), *self._marks()]

    def _record(
        self,
        kind: Kind,
        before: list[str],
        tags: Iterable[str] | None,
        told: Iterable[int] = (),
    ) -> Change:
        if tags is not None:
            self.tags.set(Tag.objects.named(tags))
        if self.removed_at:
            SearchDocument.objects.filter(post=self).delete()
        else:
            SearchDocument.objects.put(self, [tag.name for tag in self.tags.all()])
        return record(
            kind,
            post_id=self.pk,
            author_id=self.author_id,
            users=told,
            tags_before=before,
            tags_after=self._lists(),
        )
