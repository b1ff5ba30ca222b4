"""Which posts are about the same book."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.db import models

from posts.content.accents import without_accents

if TYPE_CHECKING:
    KeyField = models.CharField[str, str]
else:
    KeyField = models.CharField

KEY_LENGTH = 24

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
# "J. R. R. " and "J.R.R"; of an author "J R R " as well. In a title, "Y a" is two words.
DOTTED = re.compile(rf"(?<![\w'])(?:{LETTER}\.(?!\.)\s*)+{LAST}")
INITIALS = re.compile(rf"(?<![\w'])(?:{LETTER}(?:\.(?!\.)\s*|\s+|$))+{LAST}")


def book_key(title: str, book_author: str) -> str:
    """Return what the posts of one book have in common: 24 characters, fit for an address.

    The same for the same title and author, whatever the case, the white space, the accents, the
    kind of quotes and dashes, "&" or "and", "J.R.R.", "J. R. R." or "JRR". Changing this function
    takes a migration that rewrites all keys.
    """
    words = f"{spelled_alike(title, DOTTED)}\n{spelled_alike(book_author, INITIALS)}"
    return blake2b(words.encode(), digest_size=KEY_LENGTH // 2).hexdigest()


def spelled_alike(text: str, initials: re.Pattern[str]) -> str:
    """Return text in the one spelling that all its spellings share."""
    # The signs come first: NFKC makes a space and a mark of some.
    text = without_accents(without_accents(text.translate(SIGNS)).casefold())
    return " ".join(initials.sub(joined, text.translate(SIGNS)).split())


def joined(initials: re.Match[str]) -> str:
    """Return "jrr " for "j. r. r. "."""
    end = initials.end()
    spaced = initials[0][-1].isspace() or initials.string[end : end + 1].isalnum()
    return "".join(re.findall(LETTER, initials[0])) + " " * spaced


class BookKeyField(KeyField):
    """Holds the key of the row's `title` and `book_author`, however the row is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_length": KEY_LENGTH, "editable": False, "default": ""}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Migrations see a plain CharField: what fills it is no business of the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """Set and return the key of a model that has a title and an author of the book."""
        title, author = (getattr(model_instance, name) for name in ("title", "book_author"))
        key = book_key(title, author)
        setattr(model_instance, self.attname, key)
        return key
