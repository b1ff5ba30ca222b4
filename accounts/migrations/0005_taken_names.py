"""Which names are taken, so that nobody gets one that looks like somebody else's."""

from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from unicodedata import category, normalize

import django.db.models.deletion
from confusable_homoglyphs import utils
from django.conf import settings
from django.db import migrations, models

BATCH = 1000
_IGNORED = frozenset(
    code
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2065, 0x2065),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)


def is_ignorable(character):
    return ord(character) in _IGNORED or category(character) == "Cf"


def name_keys(name: str) -> set[str]:
    """accounts.names.confusables.name_keys, as it was when this was written."""
    looks = set()
    for form in (name, normalize("NFKC", name)):
        text = "".join(each for each in form if not is_ignorable(each))
        text = " ".join(text.split())
        # As read, as written, and in capitals: what folds to "i" may look like "l".
        looks |= {_drawn(_drawn(each).casefold()) for each in (text.casefold(), text)}
        looks.add(_drawn(_in_capitals(text)))
    return {blake2b(each.encode(), digest_size=12).hexdigest() for each in looks}


def _in_capitals(text: str) -> str:
    prototype = prototypes()
    return "".join(each if prototype.get(each, "").isdigit() else each.upper() for each in text)


def _drawn(text: str) -> str:
    prototype = prototypes()
    text = "".join(prototype.get(each, each) for each in normalize("NFD", text))
    return normalize("NFD", text)


@lru_cache(maxsize=1)
def prototypes() -> dict[str, str]:
    pairs: dict[str, set[str]] = defaultdict(set)
    for character, others in utils.load("confusables.json").items():
        for other in others:
            # Letters that are written from the right stand between marks of direction.
            one, another = character.strip("\u200e"), other["c"].strip("\u200e")
            pairs[one].add(another)
            pairs[another].add(one)
    found: dict[str, str] = {}
    seen: set[str] = set()
    for start in sorted(pairs):
        if start in seen:
            continue
        star, waiting = {start}, [start]
        while waiting:
            waiting += (new := pairs[waiting.pop()] - star)
            star |= new
        seen |= star
        prototype = max(star, key=lambda each: (len(each) > 1, len(pairs[each]), each))
        found |= {each: prototype for each in star if len(each) == 1 and each != prototype}
    return {
        one: "".join(found.get(each, each) for each in normalize("NFD", other))
        for one, other in found.items()
    }


def fill(apps, schema_editor):
    """Give each name to the account that has had it for longest."""
    User, TakenName = (apps.get_model("accounts", name) for name in ("User", "TakenName"))
    last = 0
    while batch := list(
        User.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "username", "name")[:BATCH]
    ):
        TakenName.objects.bulk_create(
            [
                TakenName(user_id=pk, is_username=is_username, key=key)
                for pk, username, name in batch
                for is_username, text in ((True, username), (False, name))
                for key in sorted(name_keys(text) if text else ())
            ],
            ignore_conflicts=True,
            batch_size=BATCH,
        )
        last = batch[-1][0]


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_username_key'),
    ]

    operations = [
        # Without Django's validator.
        migrations.AlterField(
            model_name='user',
            name='username',
            field=models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='150 characters or fewer: letters, digits and @ . + - _', max_length=150, unique=True),
        ),
        migrations.CreateModel(
            name='TakenName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=24)),
                ('is_username', models.BooleanField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taken_names', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'is_username'), name='one_taker_of_a_name')],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
