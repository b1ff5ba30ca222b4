"""Delete the pictures that nobody will need any more. For a timer, once a day."""

import re
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.utils import timezone

from posts.models import Cover

YOUNG = timedelta(days=1)
"""A file without a row may be one whose row is just being written."""


class Command(BaseCommand):
    help = (
        "Delete pictures that came with a form which was never finished, pictures of posts that "
        "were removed, both after a day, and files that no post knows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        covers = Cover.objects.stale().discard()
        files = discard_strays()
        self.stdout.write(f"Deleted {covers} covers and {files} stray files.")


def discard_strays() -> int:
    """Delete files of covers that are in no row, and return how many there were.

    They stay behind when an account is deleted, or when the storage could not be reached.
    """
    try:
        _, names = default_storage.listdir("covers")
    except FileNotFoundError:
        return 0
    known = set(Cover.objects.values_list("token", flat=True))
    strays = [
        f"covers/{name}"
        for name in names
        if (match := re.match(r"([0-9a-f]{32})-", name)) and match[1] not in known
    ]
    old = [
        name for name in strays if default_storage.get_modified_time(name) < timezone.now() - YOUNG
    ]
    for name in old:
        default_storage.delete(name)
    return len(old)
