"""Storing posts by the ten thousand: COPY on PostgreSQL, executemany on SQLite.

Past the models' verbs, but to the same effect: posts, tags, documents to search, and a log that
has every open page reload.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

from bookshelf.log import Change, start_anew
from posts.log import Kind
from posts.models import Post, SearchDocument, Tagging
from posts.search.analysis import indexed_text
from posts.search.document import document_of

# As migration 0019 makes it.
SEARCH_INDEX = """
    CREATE INDEX IF NOT EXISTS posts_search_vector ON posts_searchdocument
    USING gin (vector, (ARRAY[post_id >> 12, -1 - (post_id >> 16)])) WITH (fastupdate = off)
"""

Row = dict[str, Any]


def store(posts: Sequence[Row], tags: Sequence[Sequence[tuple[int, str]]]) -> Change:
    """Store posts, oldest first, each with its tags (id and name), in one transaction.

    A row holds the post's fields by name (`author_id` among them) and its `pk` (see `reserve`);
    what it lacks has the field's default. The body has to be plain sentences without Markdown:
    it is searched as it stands. Returns the change that the new log begins with.
    """
    with transaction.atomic():
        insert(Post, ({"id": row["pk"], **row} for row in posts))
        insert(
            Tagging,
            (
                {"post_id": row["pk"], "tag_id": tag_id}
                for row, tagged in zip(posts, tags, strict=True)
                for tag_id, _ in tagged
            ),
        )
        insert(
            SearchDocument,
            (
                {
                    "post_id": row["pk"],
                    **document_of(
                        row["title"],
                        row["book_author"],
                        indexed_text(row["body"]),
                        (name for _, name in tagged),
                    ),
                }
                for row, tagged in zip(posts, tags, strict=True)
            ),
        )
        newest = posts[-1]
        return start_anew(
            Kind.POST_CREATED,
            post_id=newest["pk"],
            author_id=newest["author_id"],
        )


def insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert rows (values by column) as fast as the database can; columns that none names get
    the field's default, an automatic key its own.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    fields = [
        (field, field.column)
        for field in model._meta.concrete_fields
        if field.column and (field.column in first or not isinstance(field, models.AutoField))
    ]
    makers = [_value_of(field, column, given=column in first) for field, column in fields]
    values = ([make(row) for make in makers] for row in _chained(first, rows))
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(column) for _, column in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(fields))
            sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
            # SQLite's driver takes any iterable.
            cursor.executemany(sql, values)  # type: ignore[arg-type]  # not in the stubs


def _value_of(field: "models.Field[Any, Any]", column: str, given: bool) -> Callable[[Row], Any]:
    if not given and not callable(field.default):
        constant = field.get_db_prep_save(field.get_default(), connection)
        return lambda row: constant
    if not given:
        return lambda row: field.get_db_prep_save(field.get_default(), connection)
    if connection.vendor == "postgresql" and not isinstance(field, models.JSONField):
        # psycopg knows the types; Django's preparations cost more than the rest.
        return lambda row: row[column]
    return lambda row: field.get_db_prep_save(row[column], connection)


def _chained(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def reserve(count: int) -> range:
    """Return this many ids for posts that nobody else will be given, above all there are.

    On SQLite within the transaction that stores them, which is alone.
    """
    table = Post._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Who is about to insert a post waits, with the sequence untouched.
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, nextval({sequence}) + %s - 1)", [count])
            last = cursor.fetchone()[0]
            return range(last - count + 1, last + 1)
        cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
        first = (cursor.fetchone()[0] or 0) + 1
        return range(first, first + count)


@contextmanager
def search_index_put_off(really: bool) -> Iterator[None]:
    """On PostgreSQL, do without the index for search inside, and build it afterwards.

    That is quicker than to keep it up. `really` for a table that was empty: meanwhile every search
    reads it all. Builds it in any case where it is missing: a run before may have been killed.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        if really:
            cursor.execute("DROP INDEX IF EXISTS posts_search_vector")
        try:
            yield
        finally:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute(SEARCH_INDEX)
            cursor.execute("RESET maintenance_work_mem")


def settle() -> None:
    """Let the database take stock of what it has been given."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in (Post, Tagging, SearchDocument):
                cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")
        else:
            cursor.execute("INSERT INTO posts_search(posts_search) VALUES ('optimize')")
