"""A reader's own shelf. It is personal: nothing of it is in the log, or broadcast."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from posts.books import BookKeyField
from posts.models.post import Post

PUT_BACK_WITHIN = timedelta(days=1)
"""How long a book that was taken off is remembered, so that it can be put back."""


class State(models.TextChoices):
    """What a reader says of a book on the shelf."""

    WANT = "want", "Want to read"
    READING = "reading", "Reading"
    READ = "read", "Read"


OFF = "off"
"""The wanted state of a book that is to leave the shelf."""

WANTED = frozenset({*State.values, OFF})


class Place(NamedTuple):
    """Where a book stands on its part of the shelf: what the next page hangs from."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{round(self.at.timestamp() * 1_000_000)}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the place written as `<microseconds>-<id>`, or None when it is not one."""
        at, _, pk = text.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in (at, pk)):
            return None
        seconds, micros = divmod(int(at), 1_000_000)
        try:
            return cls(datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros), int(pk))
        except (ValueError, OverflowError, OSError):
            return None


class ShelvedBookQuerySet(models.QuerySet["ShelvedBook"]):
    def of(self, reader: AbstractBaseUser) -> Self:
        return self.filter(reader_id=reader.pk)

    def standing(self) -> Self:
        """Books that have not been taken off."""
        return self.filter(taken_off_at=None)

    def about(self, *posts: Post) -> Self:
        """Books that these posts are about: saved from one of them, or from another post."""
        from_one = models.Q(post_id__in=[post.pk for post in posts])
        return self.filter(from_one | models.Q(book_key__in={post.book_key for post in posts}))

    def last_moved_first(self) -> Self:
        return self.order_by("-moved_at", "-pk")

    def below(self, place: Place) -> Self:
        """The keyset of the next page: what stands after this place."""
        same_time = models.Q(moved_at=place.at, pk__lt=place.pk)
        return self.filter(models.Q(moved_at__lt=place.at) | same_time)

    def with_posts(self) -> Self:
        """Fetch what the shelf shows of the posts along with the books."""
        return self.select_related("post__cover")

    def put(self, reader: AbstractBaseUser, post: Post, wanted: str) -> None:
        """Have the post's book stand where the reader wants it: one of WANTED.

        Repeating is harmless.
        """
        mine = self.of(reader).about(post)
        if wanted == OFF:
            for book in mine.standing():
                book.take_off()
            return
        there = mine.order_by("pk").first()
        if there is None:
            # Of two clicks at once the second finds the book that the first has put there.
            there, _ = self.get_or_create(
                reader_id=reader.pk,
                book_key=post.book_key,
                defaults={
                    "post": post,
                    "title": post.title,
                    "book_author": post.book_author,
                    "state": wanted,
                },
            )
        there.stand(wanted)

    def forget_taken_off(self, reader: AbstractBaseUser) -> None:
        """Delete what this reader took off longer than PUT_BACK_WITHIN ago."""
        self.of(reader).filter(taken_off_at__lt=timezone.now() - PUT_BACK_WITHIN).delete()


class ShelvedBook(models.Model):
    """A book on a reader's shelf, saved from a post.

    While the post can be read, the book is called what the post calls it. When the post is gone
    the reader keeps title and author as they were saved.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shelved"
    )
    post = models.ForeignKey(
        "posts.Post", on_delete=models.SET_NULL, null=True, related_name="shelved_by"
    )
    title = models.CharField(max_length=200)
    book_author = models.CharField(max_length=200)
    book_key = BookKeyField()
    state = models.CharField(max_length=10, choices=State)
    moved_at = models.DateTimeField(default=timezone.now)
    taken_off_at = models.DateTimeField(null=True)

    objects = ShelvedBookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "book_key"], name="one_place_for_each_book_on_a_shelf"
            ),
            models.CheckConstraint(
                name="shelved_in_a_known_state", condition=models.Q(state__in=State.values)
            ),
        ]
        indexes = [
            models.Index(
                fields=["reader", "state", "-moved_at", "-id"],
                name="shelf_in_order",
                condition=models.Q(taken_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown.title} ({self.get_state_display()})"

    @property
    def readable_post(self) -> Post | None:
        """The post that the book was saved from, while it is there."""
        return self.post if self.post and not self.post.removed_at else None

    @property
    def shown(self) -> Post:
        """A post to draw the book by: its own, or one that is not stored, of what was saved."""
        return self.readable_post or Post(title=self.title, book_author=self.book_author)

    @property
    def place(self) -> Place:
        return Place(self.moved_at, self.pk)

    def stand(self, state: str) -> None:
        """Move the book to the top of this part of the shelf, unless it stands there already."""
        if self.state == state and self.taken_off_at is None:
            return
        # Put back to where it was taken from: also to its place there.
        if self.state != state:
            self.moved_at = timezone.now()
        self.state, self.taken_off_at = state, None
        self.save(update_fields=["state", "moved_at", "taken_off_at"])

    def take_off(self) -> None:
        """Take the book off the shelf. It keeps its place, lest the reader wants it back."""
        if self.taken_off_at is None:
            self.taken_off_at = timezone.now()
            self.save(update_fields=["taken_off_at"])


class ShelfQuerySet(models.QuerySet["Shelf"]):
    def shown_to_all(self) -> Self:
        """Shelves whose readers have made them public."""
        return self.filter(is_public=True)

    def show(self, reader: AbstractBaseUser, public: bool) -> None:
        """Make this reader's shelf public, or private again."""
        self.update_or_create(reader_id=reader.pk, defaults={"is_public": public})


class Shelf(models.Model):
    """What a reader has chosen about the shelf as a whole; without a row it is private."""

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="shelf"
    )
    is_public = models.BooleanField(default=False)

    objects = ShelfQuerySet.as_manager()

    def __str__(self) -> str:
        return f"shelf of reader {self.reader_id}"
