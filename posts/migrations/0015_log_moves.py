"""The change log is the site's own now: its tables go to the app bookshelf (its migration 0002)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("posts", "0014_comment_drafts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable("Change", "bookshelf_change"),
                migrations.AlterModelTable("ChangeCounter", "bookshelf_changecounter"),
            ],
            state_operations=[
                migrations.DeleteModel("Change"),
                migrations.DeleteModel("ChangeCounter"),
            ],
        ),
    ]
