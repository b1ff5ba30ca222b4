"""Search on PostgreSQL: full text, in steps that are bounded however many posts there are.

An index for full text (GIN) has no order: all places of a word are read, and then all the posts.
So the newest posts are looked through one by one; if that is not enough, the index is asked for
ever wider stretches of the shelf, newest first, until there are CANDIDATES. It holds each post's
words and its stretch, and skips between the two (migration 0012). An unfinished word stands for
many, whose places it would all read: it is completed near by, and further on only if it is rare.

What is asked for comes to these steps as a value that the planner does not see. Of a common word it
would expect so much from the last step that it planned to read the table, with several processes
and compiled code, and took longer for that than for the search.
"""

import re
from typing import Any

from posts.models.search_terms import CANDIDATES, TERM

NEAR = 4_000
"""How many of the newest posts are looked through one by one: 2 ms."""

ENOUGH = 50
"""With so many matches, an unfinished word is not looked for any further."""

# Ranked with less weight on the text than is usual, and by its length: a title counts for more than
# twenty mentions. OFFSET keeps what was found from being looked for in the index once more.
SEARCH = f"""
    WITH
    newest AS MATERIALIZED (SELECT max(post_id) AS id FROM posts_searchdocument),
    whole AS MATERIALIZED (SELECT {{whole}} AS query),
    start AS MATERIALIZED (SELECT {{start}} AS query),
    near AS MATERIALIZED (
        SELECT post_id FROM (
            SELECT post_id, vector FROM posts_searchdocument ORDER BY post_id DESC LIMIT {NEAR}
        ) AS newest WHERE vector @@ {{asked}} LIMIT {CANDIDATES}
    ),
    far AS MATERIALIZED (
        SELECT post_id FROM {{far}} AS matches WHERE (SELECT count(*) FROM near) < {CANDIDATES}
    ),
    unfinished AS MATERIALIZED (
        SELECT post_id FROM {{unfinished}} AS matches
        WHERE (SELECT count(*) FROM near) + (SELECT count(*) FROM far) < {ENOUGH}
    )
    SELECT post_id FROM (
        SELECT post_id, vector FROM posts_searchdocument
        WHERE post_id IN (TABLE near UNION ALL TABLE far UNION ALL TABLE unfinished) OFFSET 0
    ) AS found WHERE vector @@ {{asked}}
    ORDER BY ts_rank_cd('{{{{0.05, 0.2, 0.4, 1}}}}', vector, {{asked}}, 1) DESC, post_id DESC
    LIMIT %(most)s
"""  # noqa: S608

# Adding 0 keeps PostgreSQL from walking the posts themselves for the sake of the order.
STEP = f"""
    (SELECT post_id FROM posts_searchdocument
    WHERE vector @@ (SELECT query FROM {{query}}) AND {{where}}
    ORDER BY post_id + 0 DESC LIMIT {CANDIDATES})
"""  # noqa: S608

# The index knows of each post its stretch of 4,096 ids, and below 0 its stretch of 65,536.
SHORT = "ARRAY[post_id >> 12, -1 - (post_id >> 16)] && ARRAY({})"
WHERES = [
    SHORT.format("SELECT (id >> 12) - n FROM newest, generate_series(0, 3) AS n"),
    SHORT.format("SELECT (id >> 12) - n FROM newest, generate_series(4, 19) AS n"),
    SHORT.format("SELECT -1 - (id >> 16) + n FROM newest, generate_series(0, 5) AS n")  # noqa: S608
    + " AND post_id + 0 < (SELECT ((id >> 12) - 19) << 12 FROM newest)",
    "post_id + 0 < (SELECT least((id >> 16) - 5 << 16, (id >> 12) - 19 << 12) FROM newest)",
]


def search(text: str, most: int) -> tuple[str, dict[str, Any]]:
    """Return the SQL that finds the ids of the best matches of a folded text, and its parameters.

    The SQL is empty when there is nothing to look for.
    """
    terms = list(TERM.finditer(text))
    if not terms:
        return "", {}
    last = terms[-1]
    before = text[: last.start()]
    params = {"text": text, "before": before, "most": most}
    asked = whole = "websearch_to_tsquery('english', %(text)s)"
    start, unfinished = "NULL", "(SELECT NULL::bigint AS post_id WHERE false)"
    if last["word"] and not last["no"] and not re.search(r"\bor\s*$", before):
        params |= {"word": last["word"], "start": f"{last['word']}:*"}
        beginning = "to_tsquery('simple', %(start)s)"
        asked = f"(websearch_to_tsquery('english', %(word)s) || {beginning})"
        if before.strip():
            asked = f"websearch_to_tsquery('english', %(before)s) && {asked}"
        if any(not term["no"] for term in terms[:-1]):
            start = without_places("websearch_to_tsquery('english', %(before)s)")
            unfinished = steps("start", WHERES)
        else:
            start = beginning
            unfinished = steps("start", ["true"])
    sql = SEARCH.format(
        asked=f"({asked})",
        whole=without_places(whole),
        far=steps("whole", WHERES),
        start=start,
        unfinished=unfinished,
    )
    return sql, params


def without_places(query: str) -> str:
    """Return the SQL of a query that asks for a phrase's words wherever they stand.

    The index does not know which words are neighbours. Whether they are is left to the end: of
    common words, it could be looked up in vain in every post.
    """
    return f"regexp_replace(({query})::text, '<[-0-9]+>', '&', 'g')::tsquery"


def steps(query: str, wheres: list[str]) -> str:
    """Return the SQL of the newest matches, each step looking further back than the one before.

    As PostgreSQL takes one row after the other from them, it stops at the step that has enough.
    """
    union = "UNION ALL".join(STEP.format(query=query, where=where) for where in wheres)
    return f"(SELECT * FROM ({union}) AS found LIMIT {CANDIDATES})"  # noqa: S608
