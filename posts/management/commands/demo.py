"""`manage.py demo`: see BookShelf live, without anybody else to write."""

import secrets
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models.block import Blocked
from bookshelf.doorbell import announce
from posts.models.likeable import Likeable
from posts.seeding.demo import choose, count, steps, written
from posts.seeding.samples import Authors, NotASample, sample_authors

MOST_SECONDS = 600


class Command(BaseCommand):
    help = (
        "Have the sample authors post, comment and like for a minute, while you watch an open page "
        "in your browser. What they wrote stays; --remove takes it off every page again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=int, default=60, help=f"how long it takes, 1 to {MOST_SECONDS}"
        )
        parser.add_argument(
            "--remove", action="store_true", help="remove the posts of earlier demos"
        )
        parser.add_argument(
            "--force", action="store_true", help="also outside DEBUG, where real readers see it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seconds = options["seconds"]
        if not 1 <= seconds <= MOST_SECONDS:
            raise CommandError(f"--seconds is from 1 to {MOST_SECONDS}.")
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "This site is not in DEBUG: real readers would see what the sample authors write. "
                "Say --force if that is what you want."
            )
        if options["remove"]:
            posts = list(written())
            for post in posts:
                announce(post.remove())
            self.stdout.write(f"{len(posts)} posts removed.")
            return
        try:
            authors = sample_authors()
        except NotASample as taken:
            raise CommandError(
                f"“{taken}” is not the sample author, and the demo writes in nobody else’s name."
            ) from taken
        self.stdout.write("Watch the front page, or a post that appears. Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            self._run(authors, seconds)
        self.stdout.write("What they wrote stays. To remove it: manage.py demo --remove")

    def _run(self, authors: Authors, seconds: int) -> None:
        rows = choose()
        pause = seconds / count(rows)
        for what, do in steps(rows, authors, secrets.SystemRandom()):
            try:
                announce(do())
            except (Likeable.Gone, Blocked):
                # Somebody who watches has removed the post, or has blocked one of them.
                continue
            self.stdout.write(what)
            time.sleep(pause)
