"""What search looks through: one document for each post that can be found."""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection, models

from posts.markdown import to_text
from posts.models import search_postgres, search_sqlite

if TYPE_CHECKING:
    from posts.models.post import Post


def fold(text: str) -> str:
    """Return text without accents and in lower case, so that "Bronte" finds "Brontë"."""
    text = text.casefold()
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))


class SearchDocumentQuerySet(models.QuerySet["SearchDocument"]):
    def put(self, post: "Post", tags: Iterable[str]) -> None:
        """Have the post found by what it says now; spoilers are left out."""
        self.update_or_create(
            post=post,
            defaults={
                "title": fold(post.title),
                "book_author": fold(post.book_author),
                "body": fold(to_text(post.body)),
                "tags": fold(" ".join(tags)),
            },
        )

    def matching(self, text: str, most: int) -> list[int]:
        """Return the ids of the best matches, at most `most`. One query, or none.

        `text` is as people write it for a web search: words, "phrases", -not, OR. The last word
        may be unfinished. It takes about as long whatever the number of posts.
        """
        text = fold(text.replace("\0", ""))
        database = search_postgres if connection.vendor == "postgresql" else search_sqlite
        sql, params = database.search(text, most)
        if not sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [row[0] for row in cursor.fetchall()]


class SearchDocument(models.Model):
    """A post as search sees it, folded. The database keeps an index of it (migration 0004)."""

    post = models.OneToOneField(
        "posts.Post", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    title = models.TextField()
    book_author = models.TextField()
    body = models.TextField()
    tags = models.TextField()

    objects = SearchDocumentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title
