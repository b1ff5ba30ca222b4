"""Tables that all processes share and that belong to no app."""

from django.db import models

from bookshelf.log import Change, ChangeCounter
from bookshelf.mail.queue import QueuedMail
from bookshelf.site_pages.page import SitePage

__all__ = ["CacheEntry", "Change", "ChangeCounter", "QueuedMail", "RequestHistory", "SitePage"]


class CacheEntry(models.Model):
    """A row of Django's DatabaseCache.

    A model, so that `migrate` makes the table and no deployment has to run `createcachetable`.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "bookshelf_cache"

    def __str__(self) -> str:
        return self.cache_key


class RequestHistory(models.Model):
    """When somebody did something that is rate limited: see accounts/limits.py."""

    key = models.CharField(max_length=100, primary_key=True)
    # Unix times, oldest first; those that no rate looks at are dropped.
    times = models.JSONField(default=list)
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
