from pathlib import Path

from django.db import migrations, models

TEXTS = Path(__file__).parents[1] / "site_pages" / "texts"


def make_pages(apps, schema_editor):
    """Make the pages, with texts that say what an operator has to fill in."""
    pages = apps.get_model("bookshelf", "SitePage").objects
    for name in ("about", "contact", "privacy"):
        text = (TEXTS / f"{name}.md").read_text(encoding="utf-8").strip()
        pages.create(name=name, title=name.title(), text=text)


class Migration(migrations.Migration):

    dependencies = [
        ('bookshelf', '0003_queued_mail'),
    ]

    operations = [
        migrations.CreateModel(
            name='SitePage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('about', 'About'), ('contact', 'Contact'), ('privacy', 'Privacy')], editable=False, max_length=10, unique=True)),
                ('title', models.CharField(max_length=60)),
                ('text', models.TextField(blank=True, help_text='In Markdown, as reviews are. Replace each [[…]]: until there is none left, and while the text is empty, the page is not public and nothing links to it.', max_length=30000)),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'page of the site',
                'verbose_name_plural': 'pages of the site',
                'ordering': ['name'],
            },
        ),
        migrations.RunPython(make_pages, migrations.RunPython.noop),
    ]
