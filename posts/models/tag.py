from collections.abc import Iterable

from django.db import models
from django.utils.text import slugify


class TagQuerySet(models.QuerySet["Tag"]):
    def named(self, names: Iterable[str]) -> list["Tag"]:
        """Return the tags of these names, making those that are new."""
        by_slug = {slugify(name, allow_unicode=True): name for name in names}
        by_slug.pop("", None)
        self.bulk_create(
            [Tag(slug=slug, name=name) for slug, name in sorted(by_slug.items())],
            ignore_conflicts=True,
        )
        return list(self.filter(slug__in=by_slug))


class Tag(models.Model):
    """What a book is about, in a word or two."""

    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    name = models.CharField(max_length=60)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name
