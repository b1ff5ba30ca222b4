"""Search on SQLite: FTS5, which hands matches out by id; the newest of them are ranked.

Not by its own bm25(), which reads all places of a word in order to know how rare it is.
"""

from typing import Any

from posts.models.search_terms import CANDIDATES, TERM

LONG = 1_000
"""In longer reviews, in characters, the mentions are not counted: it would take too long."""

MARK = "char(1)"

# How often what was asked for stands in a column: what marking each place adds to its length.
TITLE, AUTHOR, TAGS, BODY = (
    f"length(highlight(posts_search, {place}, {MARK}, '')) - length(posts_search.{column})"
    for place, column in ((0, "title"), (1, "book_author"), (3, "tags"), (2, "body"))
)
SEARCH = f"""
    SELECT id FROM (
        SELECT rowid AS id, {TITLE} AS in_title, {AUTHOR} AS in_author, {TAGS} AS in_tags,
        length(body) AS size, CASE WHEN length(body) > {LONG} THEN 1 ELSE {BODY} END AS in_body
        FROM posts_search WHERE posts_search MATCH %s ORDER BY rowid DESC LIMIT {CANDIDATES}
    ) ORDER BY
        10.0 * in_title / (in_title + 1) + 10.0 * in_author / (in_author + 1)
        + 4.0 * in_tags / (in_tags + 1) + 1.0 * in_body / (in_body + 1 + size / 500.0) DESC,
        id DESC
    LIMIT %s
"""  # noqa: S608


def search(text: str, most: int) -> tuple[str, list[Any]]:
    """Return the SQL that finds the ids of the best matches of a folded text, and its parameters.

    The SQL is empty when there is nothing to look for.
    """
    query = fts5_query(text)
    return (SEARCH, [query, most]) if query else ("", [])


def fts5_query(text: str) -> str:
    """Return what is asked for in the language of FTS5."""
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
