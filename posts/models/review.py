"""What an author fills in to post: the book, and what they say of it."""

import zlib
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookshelf.line_field import LineField
from posts.content.book_keys import BookKeyField, book_key

CLOTHS = 10
"""How many colours of cloth the drawn covers come in (see covers.css)."""

TEXTS = ("title", "book_author", "body", "rating")
"""The fields that an edit changes, and a revision keeps."""


class Review(models.Model):
    """A book, its review, and the cover that is drawn when there is no picture."""

    title = LineField(_("title of the book"), max_length=200)
    book_author = LineField(_("author of the book"), max_length=200)
    # The same on all posts about one book.
    book_key = BookKeyField()
    body = models.TextField(_("your review"), max_length=20_000)
    rating = models.DecimalField(
        "rating",
        max_digits=2,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal("0.5"), _("The lowest rating is half a star.")),
            MaxValueValidator(Decimal(5), _("The highest rating is five stars.")),
            StepValueValidator(Decimal("0.5"), _("Ratings go in half stars, such as 3.5.")),
        ],
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title}, by {self.book_author}"

    @property
    def texts(self) -> dict[str, Any]:
        """What was filled in: the values of TEXTS by name."""
        return {name: getattr(self, name) for name in TEXTS}

    @property
    def own_book_key(self) -> str:
        """The `book_key` of the present title and author, whether or not they are stored."""
        return book_key(self.title, self.book_author)

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
        """How large the title can be on the drawn cover: "short", "medium", "long" or "huge"."""
        longest_word = max(map(len, self.title.split()), default=0)
        for name, letters, word in (("short", 14, 8), ("medium", 34, 10), ("long", 70, 15)):
            if len(self.title) <= letters and longest_word <= word:
                return name
        return "huge"
