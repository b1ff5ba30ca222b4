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

from typing import Any

from posts.search.terms import BEGINNINGS, CANDIDATES, Phrase, Query, Spelling, Term

NEAR = 4_000
"""How many of the newest posts are looked through one by one: 2 ms."""

ENOUGH = 50
"""With so many matches, an unfinished word is not looked for any further."""

# Ranked with less weight on the text than is usual, and by its length: a title counts for more than
# twenty mentions. OFFSET keeps what was found from being looked for in the index once more.
SEARCH = f"""
    WITH
    newest AS MATERIALIZED (SELECT max(post_id) AS id FROM posts_searchdocument),
    whole AS MATERIALIZED (SELECT %(whole)s::tsquery AS query),
    start AS MATERIALIZED (SELECT %(start)s::tsquery AS query),
    begins AS MATERIALIZED ({{begins}}),
    near AS MATERIALIZED (
        SELECT post_id FROM (
            SELECT post_id, vector FROM posts_searchdocument ORDER BY post_id DESC LIMIT {NEAR}
        ) AS newest WHERE vector @@ %(exact)s::tsquery LIMIT {CANDIDATES}
    ),
    far AS MATERIALIZED (
        SELECT post_id FROM {{far}} AS matches WHERE (SELECT count(*) FROM near) < {CANDIDATES}
    ),
    unfinished AS MATERIALIZED (
        SELECT post_id FROM {{unfinished}} AS matches
        WHERE (SELECT count(*) FROM near) + (SELECT count(*) FROM far) < {ENOUGH}
    )
    SELECT post_id FROM (
        SELECT post_id, vector, beginning FROM posts_searchdocument WHERE post_id IN (
            TABLE near UNION ALL TABLE far UNION ALL TABLE unfinished UNION ALL TABLE begins
        ) OFFSET 0
    ) AS found WHERE vector @@ %(exact)s::tsquery OR post_id IN (TABLE begins)
    ORDER BY beginning = %(beginning)s DESC, post_id IN (TABLE begins) DESC,
    ts_rank_cd('{{{{0.05, 0.2, 0.4, 1}}}}', vector, %(exact)s::tsquery, 1) DESC, post_id DESC
    LIMIT %(most)s
"""  # noqa: S608

BEGINS = f"""
    SELECT post_id FROM posts_searchdocument
    WHERE beginning COLLATE "C" >= %(beginning)s AND beginning COLLATE "C" < %(beyond)s
    ORDER BY beginning COLLATE "C", post_id DESC LIMIT {BEGINNINGS}
"""  # noqa: S608
NOTHING = "SELECT NULL::bigint AS post_id WHERE false"

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


def search(query: Query, most: int) -> tuple[str, dict[str, Any]]:
    """Return the SQL that finds the ids of the best matches, and its parameters."""
    *before, last = query.wanted
    params = {
        "most": most,
        "exact": tsquery(query.wanted, query.unwanted),
        "whole": rough(query.wanted, query.unwanted),
        "start": None,
        "beginning": query.beginning,
        "beyond": query.beginning + "\U0010ffff",
    }
    unfinished = f"({NOTHING})"
    if any(phrase.unfinished for spelling in last for phrase in spelling):
        # With a word before it, that one is looked for.
        params["start"] = rough(before or [last], query.unwanted, unfinished=not before)
        unfinished = steps("start", WHERES if before else ["true"])
    return SEARCH.format(
        far=steps("whole", WHERES),
        unfinished=unfinished,
        begins=BEGINS if query.beginning else NOTHING,
    ), params


def tsquery(wanted: list[Term], unwanted: list[Term]) -> str:
    """Return terms in the language of tsquery. Nothing in a token has to be escaped."""
    parts = [*map(any_of, wanted), *(f"!{any_of(term)}" for term in unwanted)]
    return " & ".join(parts)


def rough(wanted: list[Term], unwanted: list[Term], *, unfinished: bool = False) -> str:
    """Return a query for the index, which matches more than `tsquery` does.

    It asks for a phrase's words wherever they stand, and unless `unfinished` for whole words. The
    index does not know which words are neighbours. Whether they are is left to the end: of common
    words, it could be looked up in vain in every post.
    """
    loose = [[apart(spelling, unfinished) for spelling in term] for term in wanted]
    single = [
        [spelling for spelling in term if not spelling[1:] and len(spelling[0].tokens) == 1]
        for term in unwanted
    ]
    return tsquery(loose, [term for term in single if term])


def apart(spelling: Spelling, unfinished: bool) -> Spelling:
    """Return the words of phrases, each as a phrase of its own."""
    return tuple(
        Phrase((token,), unfinished and phrase.unfinished and token is phrase.tokens[-1])
        for phrase in spelling
        for token in phrase.tokens
    )


def any_of(term: Term) -> str:
    return "(" + " | ".join(f"({' & '.join(map(quoted, spelling))})" for spelling in term) + ")"


def quoted(phrase: Phrase) -> str:
    tokens = " <-> ".join(f"'{token}'" for token in phrase.tokens)
    return f"({tokens}{':*' if phrase.unfinished else ''})"


def steps(query: str, wheres: list[str]) -> str:
    """Return the SQL of the newest matches, each step looking further back than the one before.

    As PostgreSQL takes one row after the other from them, it stops at the step that has enough.
    """
    union = "UNION ALL".join(STEP.format(query=query, where=where) for where in wheres)
    return f"(SELECT * FROM ({union}) AS found LIMIT {CANDIDATES})"  # noqa: S608
