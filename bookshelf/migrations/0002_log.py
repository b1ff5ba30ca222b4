"""The change log, whose tables were the app posts' until its migration 0015."""

import django.utils.timezone
from django.db import migrations, models

import bookshelf.log


class Migration(migrations.Migration):

    dependencies = [
        ("bookshelf", "0001_shared_tables"),
        ("posts", "0015_log_moves"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Change",
                    fields=[
                        ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("word", models.CharField(default=bookshelf.log.new_word, max_length=16)),
                        ("kind", models.CharField(max_length=20)),
                        ("post_id", models.BigIntegerField(null=True)),
                        ("comment_id", models.BigIntegerField(null=True)),
                        ("parent_id", models.BigIntegerField(null=True)),
                        ("author_id", models.BigIntegerField(null=True)),
                        ("users", models.JSONField(default=list)),
                        ("tags_before", models.JSONField(default=list)),
                        ("tags_after", models.JSONField(default=list)),
                        ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                    ],
                ),
                migrations.CreateModel(
                    name="ChangeCounter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("n", models.BigIntegerField()),
                    ],
                ),
            ],
        ),
        migrations.AddField(
            model_name="change",
            name="details",
            field=models.JSONField(default=dict),
        ),
    ]
