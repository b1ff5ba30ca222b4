from collections.abc import Callable, Iterable
from typing import Any

from django.db import models, transaction

from bookshelf.line_field import LineField
from bookshelf.log import Change, record, start_anew
from posts.content.slugs import slug_of
from posts.log import Kind
from posts.search.document import SearchDocument

BATCH = 500
"""Posts whose documents of search are written at once."""

MOST_CHANGES = 100
"""Posts of a tag for which each gets a change of its own; beyond that all pages reload."""


class TagQuerySet(models.QuerySet["Tag"]):
    def named(self, names: Iterable[str]) -> list["Tag"]:
        """Return the tags of these names, making those that are new."""
        by_slug = {slug_of(name): name for name in names}
        by_slug.pop("", None)
        known = list(self.filter(slug__in=by_slug))
        if len(known) == len(by_slug):
            return known
        self.bulk_create(
            [Tag(slug=slug, name=name) for slug, name in sorted(by_slug.items())],
            ignore_conflicts=True,
        )
        return list(self.filter(slug__in=by_slug))


class Tag(models.Model):
    """What a book is about, in a word or two."""

    slug = models.CharField(max_length=60, unique=True)
    name = LineField(max_length=60)

    objects = TagQuerySet.as_manager()

    class Taken(Exception):
        """Another tag has this name."""

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_taken_down(self) -> bool:
        """Whether moderators have taken down something that has the tag. Ask for a bare tag."""
        return self.posts.exclude(taken_down="").exists()

    @property
    def is_taken(self) -> bool:
        """Whether another tag has the name of this one, which is not saved yet."""
        return Tag.objects.exclude(pk=self.pk).filter(slug=slug_of(self.name)).exists()

    def rename(self, name: str) -> Change:
        """Call the tag something else, wherever it stands; its address changes with it.

        Raises Taken when another tag has this name.
        """
        self.name = name
        if self.is_taken:
            raise self.Taken
        self.slug = slug_of(name)
        return self._change(lambda: self.save(update_fields=["name", "slug"]))

    def remove(self) -> Change:
        """Take the tag off all posts, and delete it."""

        def delete() -> None:
            self.posts.through._default_manager.filter(tag=self).delete()
            self.delete()

        return self._change(delete)

    def _change(self, store: Callable[[], Any]) -> Change:
        """Store what becomes of the tag, have search know, and record it for every post.

        A tag may be on more posts than open pages can catch up with: then they reload.
        """
        with transaction.atomic():
            # Posts that get this tag meanwhile wait for the lock, and then see what was stored.
            Tag.objects.select_for_update().get(pk=self.pk)
            ids = list(self.posts.visible().values_list("pk", flat=True).order_by("pk"))
            few = ids if len(ids) <= MOST_CHANGES else []
            posts = list(self.posts.visible().filter(pk__in=few).order_by("pk"))
            before = [post.lists() for post in posts]
            store()
            self._have_search_know(ids)
            for post, lists in zip(posts, before, strict=True):
                post.record_tags(lists)
            return start_anew(Kind.TAG_CHANGED) if len(ids) > len(few) else record(Kind.TAG_CHANGED)

    def _posts(self) -> Any:
        # Not `self.posts`, which a tag that is deleted no longer has.
        related: Any = self._meta.get_field("posts").related_model
        return related._default_manager

    def _have_search_know(self, post_ids: list[int]) -> None:
        for start in range(0, len(post_ids), BATCH):
            posts = self._posts().filter(pk__in=post_ids[start : start + BATCH])
            names = {
                post.pk: [tag.name for tag in post.tags.all()]
                for post in posts.only("pk").prefetch_related("tags")
            }
            SearchDocument.objects.retag(names)
