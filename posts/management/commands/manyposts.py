"""`manage.py manyposts`: a shelf as large as one likes, to measure on and to try things out."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from bookshelf.doorbell import announce
from bookshelf.log import Change
from posts.content.book_keys import book_key
from posts.content.slugs import address_of
from posts.models import Post, Tag
from posts.seeding import bulk
from posts.seeding.generator import Invented, InventedShelf

MOST = 5_000_000
CHUNK = 10_000
WRITERS = 2
"""How many connections write at once, where the database can do that."""
YEARS = timedelta(days=10 * 365)


class Command(BaseCommand):
    help = (
        "Make COUNT invented posts, or what is missing of them: interrupt it as you like, and "
        "run it again to go on. Open pages reload."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, metavar="COUNT", help=f"at most {MOST:,}")
        parser.add_argument("--seed", type=int, default=1, help="another one makes other posts")
        parser.add_argument("--yes", action="store_true", help="also beside posts of others")

    def handle(self, *args: Any, **options: Any) -> None:
        count, seed = options["count"], options["seed"]
        if not 0 < count <= MOST:
            raise CommandError(f"COUNT is from 1 to {MOST:,}.")
        if not 0 <= seed < 1_000_000:
            raise CommandError("The seed is from 0 to 999,999.")
        shelf = Filler(InventedShelf(seed))
        if not options["yes"] and shelf.has_others():
            raise CommandError("There are posts of others. Say --yes to put these beside them.")
        missing = list(shelf.missing(count))
        total = sum(last - first for _, first, last in missing)
        if not total:
            self.stdout.write(f"All {count:,} posts are stored.")
            return
        quiet = options["verbosity"] < 1
        with ExitStack() as stack, tqdm(total=total, unit=" posts", disable=quiet) as progress:
            empty = not Post.objects.exists()
            stack.enter_context(bulk.search_index_put_off(really=empty and total >= CHUNK))
            stack.callback(progress.set_description, "building the index for search")
            for change, stored in shelf.fill(missing, total):
                announce(change)
                progress.update(stored)
        if not connection.in_atomic_block:
            bulk.settle()
        if not quiet:
            self.stdout.write(f"{total:,} posts more, by {len(shelf.authors):,} authors.")


class Stretch(NamedTuple):
    """Posts to invent from number `begin` and to store from `first` up to `last`."""

    begin: int
    first: int
    last: int


class Filler:
    """Stores the posts of an invented shelf. They are known again by their `submission`."""

    def __init__(self, invented: InventedShelf) -> None:
        self.invented = invented
        name = f"bookshelf many posts {invented.seed}".encode()
        self._mark = int.from_bytes(hashlib.sha256(name).digest()[:8]) << 64
        self.authors: list[int] = []
        self.tags: list[tuple[int, str]] = []

    def submission(self, number: int) -> UUID:
        return UUID(int=self._mark + number)

    def has_others(self) -> bool:
        """Whether there are posts that are not of this shelf."""
        ours = (self.submission(0), self.submission(MOST))
        return Post.objects.exclude(submission__range=ours).exists()

    def missing(self, count: int) -> Iterator[Stretch]:
        """Yield what is not there yet of the posts up to number `count`."""
        for begin in range(0, count, CHUNK):
            last = min(begin + CHUNK, count)
            numbers = (self.submission(begin), self.submission(begin + CHUNK - 1))
            there = Post.objects.filter(submission__range=numbers).order_by("-submission")
            newest = there.values_list("submission", flat=True).first()
            first = begin if newest is None else newest.int - self._mark + 1
            if first < last:
                yield Stretch(begin, first, last)

    def fill(self, stretches: list[Stretch], total: int) -> Iterator[tuple[Change, int]]:
        """Store them; yield for each the change to announce and how many posts it brought."""
        self.authors = [user.pk for user in self._make_authors()]
        self.tags = [(tag.pk, tag.name) for tag in self._make_tags()]
        newest = Post.objects.newest_first().first()
        now = timezone.now()
        begin = max(now - YEARS, newest.created_at) if newest else now - YEARS
        step = (now - begin) / total
        done, plan = 0, []
        for stretch in stretches:
            size = stretch.last - stretch.first
            # The dates go on from stretch to stretch, up to now.
            plan.append((stretch, begin + step * done))
            done += size
        if connection.vendor != "postgresql" or connection.in_atomic_block:
            for stretch, since in plan:
                with transaction.atomic():
                    ids = bulk.reserve(stretch.last - stretch.first)
                    change = self._store(stretch, ids, since, step)
                yield change, len(ids)
            return
        with ThreadPoolExecutor(WRITERS) as pool:
            under_way: list[tuple[Future[Change], int]] = []
            try:
                for stretch, since in plan:
                    ids = bulk.reserve(stretch.last - stretch.first)
                    future = pool.submit(self._store_on_own_connection, stretch, ids, since, step)
                    under_way.append((future, len(ids)))
                    if len(under_way) > WRITERS:
                        future, stored = under_way.pop(0)
                        yield future.result(), stored
                for future, stored in under_way:
                    yield future.result(), stored
            finally:
                pool.shutdown(cancel_futures=True)

    def _store_on_own_connection(self, *args: Any) -> Change:
        with closing(connection):
            return self._store(*args)

    def _store(self, stretch: Stretch, ids: range, since: datetime, step: timedelta) -> Change:
        invented = list(self.invented.posts(stretch.begin, stretch.last))
        invented = invented[stretch.first - stretch.begin :]
        rows = [
            self._row(post, pk, since + place * step)
            for place, (pk, post) in enumerate(zip(ids, invented, strict=True))
        ]
        return bulk.store(rows, [self._tags(post) for post in invented])

    def _tags(self, post: Invented) -> list[tuple[int, str]]:
        return sorted((self.tags[place] for place in post.tags), key=itemgetter(1))

    def _row(self, post: Invented, pk: int, created_at: datetime) -> bulk.Row:
        return {
            "pk": pk,
            "author_id": self.authors[post.author],
            "slug": address_of(post.title),
            "title": post.title,
            "book_author": post.book_author,
            "book_key": book_key(post.title, post.book_author),
            "body": post.body,
            "rating": post.rating,
            "submission": self.submission(post.number),
            "created_at": created_at,
        }

    def _make_authors(self) -> list[User]:
        """Return the authors, the busiest first, making those who are missing. None can sign in."""
        readers = self.invented.readers
        User.objects.bulk_create(
            # What make_password(None) returns, without the cost of a thousand random words.
            [User(username=username, name=name, password="!") for username, name in readers],  # noqa: S106
            ignore_conflicts=True,
        )
        found = {user.username: user for user in User.objects.filter(username__startswith="many-")}
        return [found[username] for username, _ in readers]

    def _make_tags(self) -> list[Tag]:
        """Return the tags, the most frequent first."""
        found = {tag.name: tag for tag in Tag.objects.named(self.invented.tags)}
        return [found[name] for name in self.invented.tags]
