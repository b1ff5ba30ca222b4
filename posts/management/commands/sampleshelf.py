"""`manage.py sampleshelf`: a first shelf of real books, so that a fresh clone is not bare."""

import tomllib
from argparse import ArgumentParser
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from bookshelf.doorbell import announce
from bookshelf.site_pages.page import SitePage
from posts.models import Post

SHELF = Path(__file__).parents[2] / "data" / "sampleshelf.toml"
PASSWORD = "a quiet room"  # noqa: S105  (printed, and only ever set in DEBUG)


class Command(BaseCommand):
    help = "Fill an empty database with about 40 posts on public-domain books by 5 sample authors."

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
            raise CommandError("There are users or posts already: the first shelf is for none.")
        shelf = tomllib.loads(SHELF.read_text(encoding="utf-8"))
        with transaction.atomic():
            authors = {row["username"]: make_author(row) for row in shelf["authors"]}
            oldest_first = sorted(shelf["posts"], key=lambda row: -row["days_ago"])
        for row in oldest_first:
            post = make_post(row, authors[row["author"]])
            announce(post.publish(row.get("tags", [])))
        self.stdout.write(f"A first shelf: {len(oldest_first)} posts by {len(authors)} authors.")
        if settings.DEBUG:
            for page in SitePage.objects.all():
                page.write(shelf["pages"][page.name])
            self.stdout.write(f'Sign in as "{next(iter(authors))}" with "{PASSWORD}".')


def make_author(row: dict[str, Any]) -> User:
    """Store a sample author. In DEBUG the first one can sign in; outside it none can."""
    author = User(username=row["username"], name=row["name"], about=row["about"])
    if settings.DEBUG and not User.objects.exists():
        author.set_password(PASSWORD)
    else:
        author.set_unusable_password()
    author.save()
    return author


def make_post(row: dict[str, Any], author: User) -> Post:
    """Return the post, not stored yet, as if written `days_ago`."""
    return Post(
        author=author,
        title=row["title"],
        book_author=row["book_author"],
        body=row["body"].strip(),
        rating=Decimal(str(row["rating"])) if "rating" in row else None,
        created_at=timezone.now() - timedelta(days=row["days_ago"]),
    )
