"""Documents to search, and the index of them that each database has of its own."""

import re
import unicodedata

from django.db import migrations, models

POSTGRES = """
    ALTER TABLE posts_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', book_author), 'A')
        || setweight(to_tsvector('english', tags), 'B')
        || setweight(to_tsvector('english', body), 'D')
    ) STORED;
    CREATE INDEX posts_search_vector ON posts_searchdocument USING gin (vector);
"""

# An external-content table (https://www.sqlite.org/fts5.html#external_content_tables), kept by
# triggers, so that it cannot differ from the documents.
COLUMNS = "title, book_author, body, tags"
OLD = "old.title, old.book_author, old.body, old.tags"
NEW = "new.title, new.book_author, new.body, new.tags"
TAKE_OUT = f"INSERT INTO posts_search(posts_search, rowid, {COLUMNS}) VALUES ('delete', old.post_id, {OLD});"
PUT_IN = f"INSERT INTO posts_search(rowid, {COLUMNS}) VALUES (new.post_id, {NEW});"
SQLITE = [
    f"CREATE VIRTUAL TABLE posts_search USING fts5({COLUMNS}, content='posts_searchdocument', "
    "content_rowid='post_id', tokenize='porter unicode61')",
    f"CREATE TRIGGER posts_search_in AFTER INSERT ON posts_searchdocument BEGIN {PUT_IN} END",
    f"CREATE TRIGGER posts_search_out AFTER DELETE ON posts_searchdocument BEGIN {TAKE_OUT} END",
    f"CREATE TRIGGER posts_search_anew AFTER UPDATE ON posts_searchdocument BEGIN {TAKE_OUT} {PUT_IN} END",
]


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES)
        return
    for statement in SQLITE:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        # The triggers go with the table of documents.
        schema_editor.execute("DROP TABLE posts_search")


def fold(text):
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def plain(markdown):
    # What a spoiler hides is found by nobody; one that is not ended hides all the rest.
    return re.sub(r"\|\|.*?(\|\||\Z)|[*_`#>]|\]\([^)]*\)", " ", markdown, flags=re.DOTALL)


def write_documents(apps, schema_editor):
    """Have the posts found that were there before."""
    Post = apps.get_model("posts", "Post")
    Document = apps.get_model("posts", "SearchDocument")
    for post in Post.objects.filter(removed_at=None).prefetch_related("tags").iterator(500):
        Document.objects.create(
            post=post,
            title=fold(post.title),
            book_author=fold(post.book_author),
            body=fold(plain(post.body)),
            tags=fold(" ".join(tag.name for tag in post.tags.all())),
        )


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_cover")]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "post",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="posts.post",
                    ),
                ),
                ("title", models.TextField()),
                ("book_author", models.TextField()),
                ("body", models.TextField()),
                ("tags", models.TextField()),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(write_documents, migrations.RunPython.noop, elidable=True),
    ]
