import unicodedata
from collections.abc import Iterable

from django.db import models

WORDS_FOR = str.maketrans({"+": "plus", "#": "sharp", "&": " and "})


def slug_of(name: str) -> str:
    """Return a tag's name as it stands in its address: `ghost-stories`, `cplusplus`; "" for none.

    At most 60 characters. Unlike Django's slugify it keeps the marks without which words of many
    scripts are others.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().translate(WORDS_FOR)
    kept = (each if unicodedata.category(each)[0] in "LMN" else "-" for each in folded)
    return "-".join(part for part in "".join(kept).split("-") if part)[:60].rstrip("-")


class TagQuerySet(models.QuerySet["Tag"]):
    def named(self, names: Iterable[str]) -> list["Tag"]:
        """Return the tags of these names, making those that are new."""
        by_slug = {slug_of(name): name for name in names}
        by_slug.pop("", None)
        self.bulk_create(
            [Tag(slug=slug, name=name) for slug, name in sorted(by_slug.items())],
            ignore_conflicts=True,
        )
        return list(self.filter(slug__in=by_slug))


class Tag(models.Model):
    """What a book is about, in a word or two."""

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name
