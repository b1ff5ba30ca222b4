"""What search looks through: one document for each post that can be found."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection, models

from posts.markdown import to_text

if TYPE_CHECKING:
    from posts.models.post import Post

RANKED = 5_000
"""How many matches PostgreSQL ranks: for words that stand nearly everywhere, not all of them."""

# Title and book author weigh most, then tags, then the review.
POSTGRES = """
    WITH asked AS (SELECT {query} AS query)
    SELECT post_id FROM (
        SELECT post_id, vector, query FROM posts_searchdocument, asked
        WHERE vector @@ query LIMIT %s
    ) AS found
    ORDER BY ts_rank_cd(vector, query) DESC, post_id DESC LIMIT %s
"""
SQLITE = """
    SELECT rowid FROM posts_search WHERE posts_search MATCH %s
    ORDER BY bm25(posts_search, 10.0, 10.0, 1.0, 4.0), rowid DESC LIMIT %s
"""

TERM = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]+)"|(?P<word>\w+))')


def fold(text: str) -> str:
    """Return text without accents and in lower case, so that "Bronte" finds "Brontë"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
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
        may be unfinished.
        """
        text = fold(text.replace("\0", ""))
        if connection.vendor == "postgresql":
            query, params = postgres_query(text)
            sql = POSTGRES.format(query=query)
            params += [RANKED, most]
        else:
            query = sqlite_query(text)
            sql, params = SQLITE, [query, most]
        if not query:
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


def postgres_query(text: str) -> tuple[str, list]:
    """Return the SQL of a tsquery and its parameters; an empty one for nothing to look for."""
    terms = list(TERM.finditer(text))
    if not terms:
        return "", []
    last = terms[-1]
    if last["word"] and not last["no"]:
        before = text[: last.start()]
        started = "(websearch_to_tsquery('english', %s) || to_tsquery('simple', %s))"
        params = [last["word"], f"{last['word']}:*"]
        if not before.strip():
            return started, params
        if not re.search(r"\bor\s*$", before):
            return f"websearch_to_tsquery('english', %s) && {started}", [before, *params]
    return "websearch_to_tsquery('english', %s)", [text]


def sqlite_query(text: str) -> str:
    """Return an FTS5 query; an empty one for nothing to look for."""
    wanted: list[str] = []
    unwanted: list[str] = []
    alternative = False
    for term in TERM.finditer(text):
        words = (term["phrase"] or term["word"]).replace('"', "")
        if words == "or" and not term["phrase"]:
            alternative = bool(wanted)
        elif term["no"]:
            unwanted.append(f'"{words}"')
        else:
            quoted = f'"{words}"' + (
                "" if term["phrase"] or term.end() < len(text.rstrip()) else "*"
            )
            if alternative:
                wanted[-1] = f"({wanted[-1]} OR {quoted})"
            else:
                wanted.append(quoted)
            alternative = False
    query = " AND ".join(wanted)
    return f"({query}) NOT ({' OR '.join(unwanted)})" if query and unwanted else query
