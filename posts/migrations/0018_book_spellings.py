"""Keys that all spellings of a book share: written again, with what they are made of as it was then."""

import re
import unicodedata
from hashlib import blake2b

from django.db import migrations, models

BATCH = 5_000

PLAIN = {
    "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "đ": "d", "ð": "d", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ƒ": "f", "ȷ": "j", "ɨ": "i", "ʉ": "u", "ƀ": "b", "ǥ": "g",
}  # fmt: skip
CAPITALS = {small.upper(): plain.upper() for small, plain in PLAIN.items()}
PLAIN_LETTERS = str.maketrans(CAPITALS | PLAIN)

# Marks of Latin, Greek, Cyrillic, Hebrew, and Arabic. From U+0900 on, in the scripts of South and
# East Asia, marks are vowels or make other consonants. So does the breve of й, and its like.
MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
MARKS += "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08ff\u1ab0-\u1aff"
MARKS += "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
LETTERS_OF_THEIR_OWN = "(?<=[иуИУ])\u0306|(?<=[іІ])\u0308|(?<=[гкГК])\u0301"
ACCENT = re.compile(f"(?!{LETTERS_OF_THEIR_OWN})[{MARKS}]")


def without_accents(text):
    if text.isascii():
        return text
    parts = ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", parts).translate(PLAIN_LETTERS)


# The same sign as different keyboards and programs write it.
SIGNS = str.maketrans(
    dict.fromkeys("‘’‚‛ʹʻʼʽ′‵´`", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"&": " and ", "\u00ad": "", "\u200b": "", "\ufeff": ""}
)
# No initials are written in the scripts from U+0900 on; there, a vowel may be a mark and no letter.
LETTER = r"[^\W\d_\u0900-\U0010ffff]"
LAST = rf"(?:(?<=\.){LETTER}(?![\w'.]))?"
# "J. R. R. " and "J.R.R"; in the name of an author "J R R " as well: in a title, "Y a" is two words.
DOTTED = re.compile(rf"(?<![\w'])(?:{LETTER}\.(?!\.)\s*)+{LAST}")
INITIALS = re.compile(rf"(?<![\w'])(?:{LETTER}(?:\.(?!\.)\s*|\s+|$))+{LAST}")


def book_key(title, book_author):
    words = f"{spelled_alike(title, DOTTED)}\n{spelled_alike(book_author, INITIALS)}"
    return blake2b(words.encode(), digest_size=12).hexdigest()


def spelled_alike(text, initials):
    # The signs come first: NFKC makes a space and a mark of some.
    text = without_accents(without_accents(text.translate(SIGNS)).casefold())
    return " ".join(initials.sub(joined, text.translate(SIGNS)).split())


def joined(initials):
    end = initials.end()
    spaced = initials[0][-1].isspace() or initials.string[end : end + 1].isalnum()
    return "".join(re.findall(LETTER, initials[0])) + " " * spaced


# Where one reader has two books that now are one, one place is kept: one on the shelf before one that
# was taken off, and then the one that moved last.
DOUBLES = """
    DELETE FROM posts_shelvedbook WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY reader_id, book_key
                ORDER BY CASE WHEN taken_off_at IS NULL THEN 0 ELSE 1 END, moved_at DESC, id DESC
            ) AS place FROM posts_shelvedbook
        ) AS places WHERE place > 1
    )
"""


def write_keys(apps, schema_editor):
    """Write the keys that have changed, a batch at a time."""
    for name in ("Post", "ShelvedBook"):
        write_keys_of(apps.get_model("posts", name), schema_editor.connection)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(DOUBLES)


def write_keys_of(model, connection):
    last = 0
    while True:
        rows = list(
            model.objects.filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", "title", "book_author", "book_key")[:BATCH]
        )
        if not rows:
            return
        keys = ((book_key(title, author), pk, key) for pk, title, author, key in rows)
        changed = [(new, pk) for new, pk, old in keys if new != old]
        if changed:
            with connection.cursor() as cursor:
                cursor.executemany(f"UPDATE {model._meta.db_table} SET book_key = %s WHERE id = %s", changed)
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("posts", "0017_protected")]

    operations = [
        # Two places of one book may bear the same key for as long as this takes.
        migrations.RemoveConstraint("shelvedbook", "one_place_for_each_book_on_a_shelf"),
        migrations.RunPython(write_keys, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "shelvedbook",
            models.UniqueConstraint(fields=("reader", "book_key"), name="one_place_for_each_book_on_a_shelf"),
        ),
    ]
