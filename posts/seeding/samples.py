"""The sample authors, and what they wrote: posts/data/*.toml."""

import tomllib
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from bookshelf.log import Change
from posts.models import Comment, Notification, Post

DATA = Path(__file__).parents[1] / "data"

PASSWORD = "a quiet room"  # noqa: S105  (printed, and only ever set in DEBUG)

Row = dict[str, Any]
Authors = Mapping[str, User]


def read(name: str) -> dict[str, list[Row]]:
    """Return the sample texts of posts/data/<name>.toml."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def sample_pages() -> dict[str, str]:
    """Return the texts of the site's own pages (about, contact, privacy) by name, in Markdown."""
    texts: Any = read("sampleshelf")["pages"]
    return dict(texts)


class NotASample(Exception):
    """Somebody else has the username of a sample author."""


def sample_authors() -> dict[str, User]:
    """Return the sample authors by username, and make those who are missing.

    In DEBUG the first one can sign in; outside it none can. Raises NotASample rather than to write
    in the name of somebody who only has the same username.
    """
    rows = read("sampleshelf")["authors"]
    names = {row["username"]: row["name"] for row in rows}
    with transaction.atomic():
        found = {user.username: user for user in User.objects.filter(username__in=names)}
        for user, row in (
            (found[row["username"]], row) for row in rows if row["username"] in found
        ):
            if user.email or user.name != row["name"] or not user.is_active:
                raise NotASample(user.username)
        is_first = not User.objects.exists()
        for row in rows:
            if row["username"] not in found:
                found[row["username"]] = _make_author(row, may_sign_in=settings.DEBUG and is_first)
                is_first = False
    return {name: found[name] for name in names}


def _make_author(row: Row, *, may_sign_in: bool) -> User:
    author = User(username=row["username"], name=row["name"], about=row["about"])
    if may_sign_in:
        author.set_password(PASSWORD)
    else:
        author.set_unusable_password()
    author.save()
    return author


def post_of(row: Row, author: User, **fields: Any) -> Post:
    """Return the post of this row, not stored yet."""
    rating = Decimal(str(row["rating"])) if "rating" in row else None
    return Post(
        author=author,
        title=row["title"],
        book_author=row["book_author"],
        body=row["body"].strip(),
        rating=rating,
        **fields,
    )


def write_samples(authors: Authors) -> Iterator[Change]:
    """Write the sample posts, comments and likes, each in a transaction, as if over weeks.

    Into an empty database.
    """
    samples = read("sampleshelf")
    now = timezone.now()
    posts: dict[tuple[str, str], Post] = {}
    for row in _oldest_first(samples["posts"]):
        post = post_of(row, authors[row["author"]], created_at=_date(row, now))
        posts[row["title"], row["author"]] = post
        yield post.publish(row.get("tags", []))
    by_title = {title: post for (title, _), post in posts.items()}
    opening: dict[int, Comment] = {}
    for row in _oldest_first(samples["comments"]):
        post = by_title[row["post"]]
        comment = Comment(
            post=post,
            author=authors[row["author"]],
            parent=opening[post.pk] if row.get("reply") else None,
            body=row["body"],
            created_at=_date(row, now),
        )
        if comment.parent is None:
            opening[post.pk] = comment
        yield comment.publish()
    said = Comment.objects.filter(pk=OuterRef("comment")).values("created_at")
    of_comments = Notification.objects.filter(comment__isnull=False)
    of_comments.update(at=Subquery(said))
    for post in posts.values():
        for name, author in authors.items():
            change = post.like(author, True) if _likes(name, post) else None
            if change is not None:
                yield change


def _oldest_first(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -row["days_ago"])


def _date(row: Row, now: datetime) -> datetime:
    return now - timedelta(days=row["days_ago"])


def _likes(username: str, post: Post) -> bool:
    """Whether they like what somebody else posted: some do, and always the same."""
    taste = zlib.crc32(f"{username} {post.title} {post.author.username}".encode())
    return username != post.author.username and taste % 5 < 2
