"""A post: one book that somebody read, and what they say of it."""

import uuid
import zlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from posts.log import Change, Kind, record
from posts.models.tag import Tag

CLOTHS = 10
"""How many colours of cloth the drawn covers come in (see bookshelf.css)."""


class PostQuerySet(models.QuerySet["Post"]):
    def visible(self) -> Self:
        """Posts that have not been removed."""
        return self.filter(removed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, post_id: int) -> Self:
        """The keyset of the next page: what stands below this post."""
        return self.filter(pk__lt=post_id)

    def by(self, author_id: int) -> Self:
        return self.filter(author_id=author_id)

    def tagged(self, slug: str) -> Self:
        return self.filter(tags__slug=slug)

    def with_details(self) -> Self:
        """Fetch what a fragment shows along with the posts: two queries for any number."""
        return self.select_related("author").prefetch_related("tags")


class Post(models.Model):
    """A book and its review, by one author."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts"
    )
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
    tags = models.ManyToManyField(Tag, related_name="posts", blank=True)
    # Drawn with the form: the second of two clicks on "Post it" brings the same one.
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class AlreadyPublished(Exception):
        """This submission has become a post before."""

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
        ]

    def __str__(self) -> str:
        return f"{self.title}, by {self.book_author}"

    def get_absolute_url(self) -> str:
        return reverse("posts:detail", args=[self.pk])

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
        for name, letters, word in (("short", 14, 8), ("medium", 34, 11), ("long", 70, 15)):
            if len(self.title) <= letters and longest_word <= word:
                return name
        return "huge"

    def publish(self, tags: Iterable[str] = ()) -> Change:
        """Store this new post with its tags (names) and the change that says so.

        Raises AlreadyPublished when its `submission` has become a post before.
        """
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                return self._record(Kind.POST_CREATED, [], tags)
        except IntegrityError:
            if Post.objects.filter(submission=self.submission).exists():
                raise self.AlreadyPublished from None
            raise

    def revise(self, tags: Iterable[str] | None = None) -> Change:
        """Store the edited fields, and the tags when given, and the change that says so."""
        with transaction.atomic():
            before = self._slugs()
            self.edited_at = timezone.now()
            self.save(update_fields=["title", "book_author", "body", "rating", "edited_at"])
            return self._record(Kind.POST_EDITED, before, tags)

    def remove(self) -> Change:
        """Take this post off every page. The row stays, as a tombstone."""
        with transaction.atomic():
            before = self._slugs()
            self.removed_at = timezone.now()
            self.save(update_fields=["removed_at"])
            return self._record(Kind.POST_REMOVED, before, None)

    def _slugs(self) -> list[str]:
        return [tag.slug for tag in self.tags.all()]

    def _record(self, kind: Kind, before: list[str], tags: Iterable[str] | None) -> Change:
        after = before
        if tags is not None:
            named = Tag.objects.named(tags)
            self.tags.set(named)
            after = [tag.slug for tag in named]
        return record(
            kind,
            post_id=self.pk,
            author_id=self.author_id,
            tags_before=before,
            tags_after=after,
        )
