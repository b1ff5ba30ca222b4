"""The model and its verbs."""

from django.apps.registry import Apps
from django.db import models, transaction

from bookshelf.log import Change, record


class Quote(models.Model):
    text = models.CharField(max_length=100)

    class Meta:
        app_label = "updater"
        # Not a model of the site: tests that walk over those do not meet it.
        apps = Apps(["updater"])

    def __str__(self) -> str:
        return self.text

    @transaction.atomic
    def publish(self) -> Change:
        self.save()
        return record("quote_published", details={"quote": self.pk})

    @transaction.atomic
    def remove(self) -> Change:
        change = record("quote_removed", details={"quote": self.pk})
        self.delete()
        return change
