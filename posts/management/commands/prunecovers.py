"""Delete the pictures that nobody will need again. For a timer, once a day."""

import re
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User
from bookshelf.pictures.files import AVATAR, COVER, WITHDRAWN_COVER
from posts.models import Cover

YOUNG = timedelta(days=1)
"""A file without a row may be one whose row is just being written."""


class Command(BaseCommand):
    help = (
        "Delete pictures that came with a form which was never finished, pictures of posts that "
        "were removed, both after a day, and files that no post or reader knows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        Cover.objects.all().settle()
        covers = Cover.objects.stale().discard()
        files = discard_strays()
        self.stdout.write(f"Deleted {covers} covers and {files} stray files.")


def discard_strays() -> int:
    """Delete files of pictures that are in no row, and return how many there were.

    They stay behind when the storage could not be reached.
    """
    public, withdrawn = (
        set(Cover.objects.filter(is_withdrawn=each).values_list("token", flat=True))
        for each in (False, True)
    )
    avatars = set(User.objects.exclude(avatar="").values_list("avatar", flat=True))
    known = {COVER: public, WITHDRAWN_COVER: withdrawn, AVATAR: avatars}
    return sum(_discard_strays(shape.folder, tokens) for shape, tokens in known.items())


def _discard_strays(folder: str, known: set[str]) -> int:
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    strays = [
        f"{folder}/{name}"
        for name in names
        if (match := re.match(r"([0-9a-f]{32})-", name)) and match[1] not in known
    ]
    old = [
        name for name in strays if default_storage.get_modified_time(name) < timezone.now() - YOUNG
    ]
    for name in old:
        default_storage.delete(name)
    return len(old)
