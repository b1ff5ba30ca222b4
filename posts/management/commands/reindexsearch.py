"""`manage.py reindexsearch`: have all posts found by the present analysis."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from posts.models import Post
from posts.reindexing import outdated, reindex


class Command(BaseCommand):
    help = (
        "Write the index for search of the posts that an older release has indexed, or not at all. "
        "`migrate` does so by itself. Interrupt it as you like, and run it again to go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="those of this release as well")

    def handle(self, *args: Any, **options: Any) -> None:
        posts = Post.objects.visible() if options["all"] else outdated()
        count = reindex(posts, quiet=options["verbosity"] < 1)
        self.stdout.write(f"{count:,} posts were indexed for search.")
