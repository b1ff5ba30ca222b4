"""User names by what their spellings have in common."""

import unicodedata

from django.db import migrations, models

BATCH = 5_000


def write_keys(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    last = 0
    while rows := list(
        User.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "username")[:BATCH]
    ):
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE accounts_user SET username_key = %s WHERE id = %s",
                [(unicodedata.normalize("NFKC", name).casefold()[:150], pk) for pk, name in rows],
            )
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_show_in_rooms")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="username_key",
            field=models.CharField(
                db_default="", db_index=True, default="", editable=False, max_length=150
            ),
        ),
        migrations.RunPython(write_keys, migrations.RunPython.noop, elidable=True),
    ]
