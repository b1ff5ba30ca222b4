"""Search on SQLite: FTS5, which hands matches out by id; the newest of them are ranked.

Not by its own bm25(), which reads all places of a word in order to know how rare it is. Before them
come those whose title begins with what is typed, from an ordinary index, the same title first.
"""

from typing import Any

from posts.search.terms import BEGINNINGS, CANDIDATES, Phrase, Query, Term

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
        SELECT * FROM (
            SELECT post_id AS id, 1 + (beginning = %s) AS begins, 0 AS score
            FROM posts_searchdocument WHERE beginning >= %s AND beginning < %s
            ORDER BY beginning, post_id DESC LIMIT {BEGINNINGS}
        )
        UNION ALL
        SELECT id, 0, 10.0 * in_title / (in_title + 1) + 10.0 * in_author / (in_author + 1)
        + 4.0 * in_tags / (in_tags + 1) + 1.0 * in_body / (in_body + 1 + size / 500.0)
        FROM (
            SELECT rowid AS id, {TITLE} AS in_title, {AUTHOR} AS in_author, {TAGS} AS in_tags,
            length(body) AS size, CASE WHEN length(body) > {LONG} THEN 1 ELSE {BODY} END AS in_body
            FROM posts_search WHERE posts_search MATCH %s ORDER BY rowid DESC LIMIT {CANDIDATES}
        )
    ) ORDER BY begins DESC, score DESC, id DESC LIMIT %s
"""  # noqa: S608


def search(query: Query, most: int) -> tuple[str, list[Any]]:
    """Return the SQL that finds the ids of the best matches, and its parameters.

    An id may come twice: once for the title's beginning, and further down for its words.
    """
    # Nothing is less than "".
    beyond = query.beginning + "\U0010ffff" if query.beginning else ""
    params = [query.beginning, query.beginning, beyond, match_of(query), most + BEGINNINGS]
    return SEARCH, params


def match_of(query: Query) -> str:
    """Return what is asked for in the language of FTS5."""
    wanted = " AND ".join(map(any_of, query.wanted))
    unwanted = " OR ".join(map(any_of, query.unwanted))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def any_of(term: Term) -> str:
    return "(" + " OR ".join(f"({' AND '.join(map(quoted, spelling))})" for spelling in term) + ")"


def quoted(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.tokens)}"' + ("*" if phrase.unfinished else "")
