"""`manage.py sampleshelf`: sample posts about real books, so that a fresh clone is not bare."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from bookshelf.doorbell import announce
from bookshelf.site_pages.page import SitePage
from posts.models import Comment, Post
from posts.seeding.samples import PASSWORD, sample_authors, sample_pages, write_samples


class Command(BaseCommand):
    help = (
        "Fill an empty database with about 40 posts on public-domain books by 5 sample authors, "
        "and with what they say to one another."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing, quietly, when there are posts or users already, or outside DEBUG",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        taken = User.objects.exists() or Post.objects.exists()
        if options["if_empty"] and (taken or not settings.DEBUG):
            return
        if taken:
            raise CommandError("There are users or posts already: the samples are for none.")
        authors = sample_authors()
        for change in write_samples(authors):
            announce(change)
        self.stdout.write(
            f"Sample posts: {Post.objects.count()} posts and {Comment.objects.count()} comments "
            f"by {len(authors)} authors."
        )
        if settings.DEBUG:
            texts = sample_pages()
            for page in SitePage.objects.all():
                page.write(texts[page.name])
            self.stdout.write(f'Sign in as "{next(iter(authors))}" with "{PASSWORD}".')
