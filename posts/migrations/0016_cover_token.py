from django.db import migrations, models

import posts.models.cover


class Migration(migrations.Migration):

    dependencies = [
        ("posts", "0015_log_moves"),
    ]

    operations = [
        migrations.AlterField(
            model_name="cover",
            name="token",
            field=models.CharField(
                default=posts.models.cover.new_token, editable=False, max_length=32, unique=True
            ),
        ),
    ]
