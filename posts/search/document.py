"""What search looks through: one document for each post that can be found."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from django.db import connection, models

from posts.search import postgres, sqlite
from posts.search.analysis import VERSION, beginning_of, indexed_name
from posts.search.terms import parse


class Document(TypedDict):
    """The fields of a document, but for its post."""

    title: str
    book_author: str
    body: str
    tags: str
    beginning: str
    version: int


def document_of(title: str, book_author: str, body: str, tags: Iterable[str]) -> Document:
    """Return the document of a post with this `searchable` body."""
    return {
        "title": indexed_name(title),
        "book_author": indexed_name(book_author),
        "body": body,
        "tags": indexed_name(" ".join(tags)),
        "beginning": beginning_of(title),
        "version": VERSION,
    }


class SearchDocumentQuerySet(models.QuerySet["SearchDocument"]):
    def put(
        self, post_id: int, title: str, book_author: str, body: str, tags: Iterable[str]
    ) -> None:
        """Have a post found by these texts. The body is the `searchable` one."""
        fields = document_of(title, book_author, body, tags)
        self.bulk_create(
            [SearchDocument(post_id=post_id, **fields)],
            update_conflicts=True,
            unique_fields=["post"],
            update_fields=list(fields),
        )

    def retag(self, names: Mapping[int, Iterable[str]]) -> None:
        """Have posts (by id) found by these names of tags. Two queries."""
        documents = list(self.filter(pk__in=names))
        for document in documents:
            document.tags = indexed_name(" ".join(names[document.pk]))
        self.bulk_update(documents, ["tags"])

    def matching(self, text: str, most: int) -> list[int]:
        """Return the ids of the best matches, at most `most`. One query, or none.

        `text` is as people write it for a web search: words, "phrases", -not, OR. The last word
        may be unfinished. It takes about as long whatever the number of posts.
        """
        query = parse(text)
        if query is None:
            return []
        database = postgres if connection.vendor == "postgresql" else sqlite
        sql, params = database.search(query, most)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(dict.fromkeys(row[0] for row in cursor.fetchall()))[:most]


class SearchDocument(models.Model):
    """A post as search sees it: tokens. The database keeps an index of them (migration 0019)."""

    post = models.OneToOneField(
        "posts.Post", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    title = models.TextField()
    book_author = models.TextField()
    body = models.TextField()
    tags = models.TextField()
    # Defaults in the database, for the release before, which knows neither of the two.
    beginning = models.TextField(db_default="")
    version = models.PositiveSmallIntegerField(db_default=0)

    objects = SearchDocumentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title
