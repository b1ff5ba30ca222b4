"""Search by an analysis of our own: the indexes take tokens as they are.

Documents of the analysis before are of no use. When all migrations are applied, `migrate` writes
them with the present one (posts.reindexing).
"""

from importlib import import_module

from django.db import migrations, models

# Of the tokens of today none is so long or has a quote in it; what the release before writes might.
TOKENS = r"""
    CREATE FUNCTION posts_tokens_vector(tokens text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(string_agg('''' || left(token, 200) || ''':' || place, ' '), '')::tsvector
        FROM unnest(string_to_array(translate(tokens, '\''', ''), ' ')) WITH ORDINALITY AS each(token, place)
        WHERE token <> ''
    $$
"""
# The places count on from column to column, with a token between that no phrase reaches across.
# The index is that of migration 0012.
POSTGRES = [
    TOKENS,
    """
    ALTER TABLE posts_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(posts_tokens_vector(title || ' ·'), 'A')
        || setweight(posts_tokens_vector(book_author || ' ·'), 'A')
        || setweight(posts_tokens_vector(tags || ' ·'), 'B')
        || setweight(posts_tokens_vector(body), 'D')
    ) STORED
    """,
    """
    CREATE INDEX posts_search_vector ON posts_searchdocument
    USING gin (vector, (ARRAY[post_id >> 12, -1 - (post_id >> 16)])) WITH (fastupdate = off)
    """,
    """
    CREATE INDEX posts_search_beginning ON posts_searchdocument (beginning COLLATE "C", post_id DESC)
    """,
]
POSTGRES_CLEAR = [
    "TRUNCATE posts_searchdocument",
    "ALTER TABLE posts_searchdocument DROP COLUMN vector",
]
POSTGRES_BACK = [*POSTGRES_CLEAR, "DROP INDEX posts_search_beginning", "DROP FUNCTION posts_tokens_vector"]

# "ascii" parts at spaces: all else in the tokens is letters and digits, or beyond ASCII.
COLUMNS = "title, book_author, body, tags"
OLD = "old.title, old.book_author, old.body, old.tags"
NEW = "new.title, new.book_author, new.body, new.tags"
TAKE_OUT = f"INSERT INTO posts_search(posts_search, rowid, {COLUMNS}) VALUES ('delete', old.post_id, {OLD});"
PUT_IN = f"INSERT INTO posts_search(rowid, {COLUMNS}) VALUES (new.post_id, {NEW});"
SQLITE = [
    f"CREATE VIRTUAL TABLE posts_search USING fts5({COLUMNS}, content='posts_searchdocument', "
    "content_rowid='post_id', tokenize='ascii', prefix='1 2 3 4 5')",
    f"CREATE TRIGGER posts_search_in AFTER INSERT ON posts_searchdocument BEGIN {PUT_IN} END",
    f"CREATE TRIGGER posts_search_out AFTER DELETE ON posts_searchdocument BEGIN {TAKE_OUT} END",
    f"CREATE TRIGGER posts_search_anew AFTER UPDATE ON posts_searchdocument BEGIN {TAKE_OUT} {PUT_IN} END",
    "CREATE INDEX posts_search_beginning ON posts_searchdocument (beginning, post_id DESC)",
]
SQLITE_CLEAR = [
    "DROP TRIGGER posts_search_in",
    "DROP TRIGGER posts_search_out",
    "DROP TRIGGER posts_search_anew",
    "DROP TABLE posts_search",
    "DELETE FROM posts_searchdocument",
]
SQLITE_BACK = [*SQLITE_CLEAR, "DROP INDEX posts_search_beginning"]


def on(postgres, sqlite):
    def run(apps, schema_editor):
        on_postgres = schema_editor.connection.vendor == "postgresql"
        for statement in postgres if on_postgres else sqlite:
            schema_editor.execute(statement)

    return run


def make_indexes_before(apps, schema_editor):
    """Make the indexes of migration 0012, and write the documents of migration 0004."""
    before = [import_module(f"posts.migrations.{name}") for name in ("0004_search", "0012_many_posts")]
    before[0].make_index(apps, schema_editor)
    on([before[1].POSTGRES], before[1].SQLITE)(apps, schema_editor)
    before[0].write_documents(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("posts", "0018_book_spellings")]

    operations = [
        migrations.RunPython(on(POSTGRES_CLEAR, SQLITE_CLEAR), make_indexes_before),
        migrations.AddField("searchdocument", "beginning", models.TextField(db_default="")),
        migrations.AddField("searchdocument", "version", models.PositiveSmallIntegerField(db_default=0)),
        migrations.RunPython(on(POSTGRES, SQLITE), on(POSTGRES_BACK, SQLITE_BACK)),
    ]
