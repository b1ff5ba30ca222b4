"""A reader's reading list. It is personal: its changes are not in the log, and not broadcast."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from bookshelf.ids import parse_id
from bookshelf.line_field import LineField
from posts.content.book_keys import BookKeyField
from posts.models.post import Post

PUT_BACK_WITHIN = timedelta(days=1)
"""How long a book that was taken off is remembered, so that it can be put back."""


class State(models.TextChoices):
    """The part of the reading list that a book is on."""

    WANT = "want", _("Want to read")
    READING = "reading", pgettext_lazy("reading list", "Reading")
    READ = "read", pgettext_lazy("reading list", "Read")


OFF = "off"
"""The wanted state of a book that is to leave the list."""

WANTED = frozenset({*State.values, OFF})


class Place(NamedTuple):
    """The position of a book on its part of the list: the key of a page."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{round(self.at.timestamp() * 1_000_000)}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the place that is written as `<microseconds>-<id>`; None for anything else."""
        before, _, after = text.partition("-")
        at, pk = parse_id(before), parse_id(after)
        if at is None or pk is None:
            return None
        seconds, micros = divmod(at, 1_000_000)
        try:
            return cls(datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros), pk)
        except (ValueError, OverflowError, OSError):
            return None


class ShelvedBookQuerySet(models.QuerySet["ShelvedBook"]):
    def of(self, reader: AbstractBaseUser) -> Self:
        return self.filter(reader_id=reader.pk)

    def on_shelf(self) -> Self:
        """Books that have not been taken off."""
        return self.filter(taken_off_at=None)

    def taken_off(self) -> Self:
        """Books that have been taken off, and can be put back."""
        return self.exclude(taken_off_at=None)

    def about(self, *posts: Post) -> Self:
        """Books that these posts are about, whichever post they were saved from."""
        from_one = models.Q(post_id__in=[post.pk for post in posts])
        return self.filter(from_one | models.Q(book_key__in={post.book_key for post in posts}))

    def readable(self) -> Self:
        """Books whose post has not been removed: what others see of a list."""
        return self.filter(post__removed_at=None, post__isnull=False)

    def last_moved_first(self) -> Self:
        return self.order_by("-moved_at", "-pk")

    def older_than(self, place: Place) -> Self:
        """The keyset of the next page, in the order of `last_moved_first`."""
        same_time = models.Q(moved_at=place.at, pk__lt=place.pk)
        return self.filter(models.Q(moved_at__lt=place.at) | same_time)

    def with_posts(self) -> Self:
        """Fetch what the list shows of the posts along with the books."""
        return self.select_related("post__cover")

    def put(self, reader: AbstractBaseUser, post: Post, wanted: str) -> None:
        """Move the post's book to where the reader wants it: one of WANTED.

        Repeating is harmless.
        """
        mine = self.of(reader).about(post)
        if wanted == OFF:
            for each in mine.on_shelf():
                each.take_off()
            return
        book = mine.order_by("pk").first()
        if book is None:
            # Of two clicks at once the second finds the book that the first has stored.
            book, _ = self.get_or_create(
                reader_id=reader.pk,
                book_key=post.book_key,
                defaults={
                    "post": post,
                    "title": post.title,
                    "book_author": post.book_author,
                    "state": wanted,
                },
            )
        book.move_to(wanted)

    def forget_taken_off(self, reader: AbstractBaseUser) -> None:
        """Delete what this reader took off longer than PUT_BACK_WITHIN ago."""
        self.of(reader).filter(taken_off_at__lt=timezone.now() - PUT_BACK_WITHIN).delete()


class ShelvedBook(models.Model):
    """A book on a reader's reading list, saved from a post.

    While the post can be read, the book is called what the post calls it. When the post is gone
    the reader keeps title and author as they were saved.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shelved"
    )
    post = models.ForeignKey(
        "posts.Post", on_delete=models.SET_NULL, null=True, related_name="shelved_by"
    )
    title = LineField(max_length=200)
    book_author = LineField(max_length=200)
    book_key = BookKeyField()
    state = models.CharField(max_length=10, choices=State)
    moved_at = models.DateTimeField(default=timezone.now)
    taken_off_at = models.DateTimeField(null=True)

    objects = ShelvedBookQuerySet.as_manager()

    class Meta:
        verbose_name = "book on a reading list"
        verbose_name_plural = "books on reading lists"
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
        """The post that the book was saved from; None when it has been removed."""
        return self.post if self.post and not self.post.removed_at else None

    @property
    def shown(self) -> Post:
        """A post to draw the book by: its own, or an unsaved one with the title as it was saved.

        What a moderator has taken down is not called anything.
        """
        if self.post is not None and self.post.taken_down:
            return Post(title=gettext("A book that was removed"), book_author="")
        return self.readable_post or Post(title=self.title, book_author=self.book_author)

    @property
    def place(self) -> Place:
        return Place(self.moved_at, self.pk)

    def move_to(self, state: str) -> None:
        """Move the book to the top of this part of the list, unless it is on it already."""
        if self.state == state and self.taken_off_at is None:
            return
        # A book that is put back where it was taken from gets its old place.
        if self.state != state:
            self.moved_at = timezone.now()
        self.state, self.taken_off_at = state, None
        self.save(update_fields=["state", "moved_at", "taken_off_at"])

    def take_off(self) -> None:
        """Take the book off the list. It keeps its place, for when the reader puts it back."""
        if self.taken_off_at is None:
            self.taken_off_at = timezone.now()
            self.save(update_fields=["taken_off_at"])


class ShelfQuerySet(models.QuerySet["Shelf"]):
    def shown_to_all(self) -> Self:
        """Reading lists whose readers have made them public."""
        return self.filter(is_public=True)

    def show(self, reader: AbstractBaseUser, public: bool) -> None:
        """Make this reader's reading list public, or private again."""
        self.update_or_create(reader_id=reader.pk, defaults={"is_public": public})


class Shelf(models.Model):
    """The settings of a reader's reading list. Without a row it is private."""

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="shelf"
    )
    is_public = models.BooleanField(default=False)

    objects = ShelfQuerySet.as_manager()

    class Meta:
        verbose_name = "settings of a reading list"
        verbose_name_plural = "settings of reading lists"

    def __str__(self) -> str:
        return f"reading list of reader {self.reader_id}"
