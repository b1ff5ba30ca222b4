"""Delete what nobody will need any more. For a timer, once a day."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from posts.models import Draft
from posts.models.draft import KEPT_FOR


class Command(BaseCommand):
    help = f"Delete drafts that were not touched for {KEPT_FOR.days} days, and run prunecovers."

    def handle(self, *args: Any, **options: Any) -> None:
        # First: the pictures that they held are then nobody's.
        drafts, _ = Draft.objects.stale().delete()
        self.stdout.write(f"Deleted {drafts} drafts.")
        call_command("prunecovers", stdout=self.stdout)
