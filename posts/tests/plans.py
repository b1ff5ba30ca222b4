"""What a database does in order to answer: whether a query's cost grows with the tables."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

BIG = {"posts_post", "posts_post_tags", "posts_searchdocument"}

MOST_ROWS = 5_000
"""PostgreSQL: how many rows a step may sort, or pass over. Search looks at its newest 4,000."""

MOST_INSTRUCTIONS = 55_000
"""SQLite: how many of its instructions a query may take. A mere look at 20,000 rows takes more."""

Query = tuple[str, Any]


@contextmanager
def queries_kept() -> Iterator[list[Query]]:
    """Yield the list of the queries, with their parameters, that are made inside."""
    kept: list[Query] = []

    def keep(execute: Any, sql: str, params: Any, *args: Any) -> Any:
        kept.append((sql, params))
        return execute(sql, params, *args)

    with connection.execute_wrapper(keep):
        yield kept


def faults(query: Query) -> list[str]:
    """Run a query; return the steps of it that cost more the more posts there are."""
    sql, params = query
    if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    found = faults_on_postgres if connection.vendor == "postgresql" else faults_on_sqlite
    return [f"{fault} in {sql}" for fault in found(sql, params)]


def faults_on_postgres(sql: str, params: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        answer = cursor.fetchone()[0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    todo = [plan[0]["Plan"]]
    while todo:
        step = todo.pop()
        todo += step.get("Plans", [])
        name, times = step["Node Type"], step["Actual Loops"]
        if not times:
            continue
        if name == "Seq Scan" and step["Relation Name"] in BIG:
            yield f"{name} on {step['Relation Name']}"
        if "Sort" in name and step["Plans"][0]["Actual Rows"] * times > MOST_ROWS:
            yield f"Sort of {step['Plans'][0]['Actual Rows']} rows"
        passed_over = step.get("Rows Removed by Filter", 0) * times
        if passed_over + step["Actual Rows"] * times > MOST_ROWS and "Bitmap" not in name:
            yield f"{name} through {passed_over + step['Actual Rows'] * times} rows"


def faults_on_sqlite(sql: str, params: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        steps = [row[3] for row in cursor.fetchall()]
        count = [0]

        def tick() -> None:
            count[0] += 100

        connection.connection.set_progress_handler(tick, 100)
        try:
            cursor.execute(sql, params)
            cursor.fetchall()
        finally:
            connection.connection.set_progress_handler(None, 0)
    for step in steps:
        table = re.match(r"SCAN (\w+)", step)
        if table and table[1] in BIG and "INDEX" not in step:
            yield step
    if count[0] > MOST_INSTRUCTIONS:
        yield f"{count[0]} instructions"
