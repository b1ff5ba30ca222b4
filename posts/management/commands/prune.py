"""Delete what nobody will need again. For a timer, once a day."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.leaving.departures import go_on_leaving, release_names
from accounts.models import User
from posts.models import CommentDraft, Draft
from posts.models.draft import KEPT_FOR

AN_HOUR = 3600.0
"""How long the texts of one deleted account may take."""


class Command(BaseCommand):
    help = (
        f"Delete drafts that were not touched for {KEPT_FOR.days} days, what is left of deleted "
        "accounts, and run prunecovers."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # First: the pictures that they held are then nobody's.
        drafts, _ = Draft.objects.stale().delete()
        comments, _ = CommentDraft.objects.stale().delete()
        self.stdout.write(f"Deleted {drafts} drafts of posts and {comments} of comments.")
        for user_id in User.objects.leaving().values_list("pk", flat=True):
            go_on_leaving(user_id, seconds=AN_HOUR)
        self.stdout.write(f"Released {release_names()} looks of names of deleted accounts.")
        call_command("prunecovers", stdout=self.stdout)
