"""Indexes for a million posts: a tag's list newest first, and search by words and age at once."""

import django.db.models.deletion
from django.db import migrations, models

# Which stretches of the shelf a post stands on (posts.models.search_postgres), beside its words: only in one
# index can the database skip from the one to the other, rather than read all places of a word.
# Without "fastupdate": each search would have to look through what waits to be put in.
POSTGRES = """
    DROP INDEX IF EXISTS posts_search_vector;
    CREATE INDEX posts_search_vector ON posts_searchdocument
        USING gin (vector, (ARRAY[post_id >> 12, -1 - (post_id >> 16)])) WITH (fastupdate = off);
"""
POSTGRES_BACK = """
    DROP INDEX IF EXISTS posts_search_vector;
    CREATE INDEX posts_search_vector ON posts_searchdocument USING gin (vector);
"""


# The beginnings of words as well: otherwise an unfinished word reads the places of all it may become.
COLUMNS = "title, book_author, body, tags"
SQLITE = [
    "DROP TABLE posts_search",
    f"CREATE VIRTUAL TABLE posts_search USING fts5({COLUMNS}, content='posts_searchdocument', "
    "content_rowid='post_id', tokenize='porter unicode61', prefix='1 2 3 4 5')",
    "INSERT INTO posts_search(posts_search) VALUES ('rebuild')",
]
SQLITE_BACK = [SQLITE[0], SQLITE[1].replace(", prefix='1 2 3 4 5'", ""), SQLITE[2]]


def on(postgres, sqlite):
    def run(apps, schema_editor):
        on_postgres = schema_editor.connection.vendor == "postgresql"
        for statement in [postgres] if on_postgres else sqlite:
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("posts", "0011_marks")]

    operations = [
        # The table is there; it gets a name in Python, and other indexes.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Tagging",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("post", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="taggings", to="posts.post")),
                        ("tag", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.tag")),
                    ],
                    options={"db_table": "posts_post_tags", "unique_together": {("post", "tag")}},
                ),
                migrations.AlterField(
                    model_name="post",
                    name="tags",
                    field=models.ManyToManyField(blank=True, related_name="posts", through="posts.Tagging", to="posts.tag"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="tagging",
            index=models.Index(fields=["tag", "-post"], name="tagging_newest_first"),
        ),
        migrations.AlterField(
            model_name="tagging",
            name="post",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="taggings", to="posts.post"),
        ),
        migrations.AlterField(
            model_name="tagging",
            name="tag",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="posts.tag"),
        ),
        # Nothing looks a post up by the words in its address.
        migrations.AlterField(
            model_name="post",
            name="slug",
            field=models.SlugField(allow_unicode=True, db_index=False, editable=False, max_length=60),
        ),
        migrations.RunPython(on(POSTGRES, SQLITE), on(POSTGRES_BACK, SQLITE_BACK)),
    ]
