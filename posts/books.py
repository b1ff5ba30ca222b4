"""Which posts are about the same book."""

import unicodedata
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from posts.models.post import Post

KEY_LENGTH = 24


def book_key(title: str, book_author: str) -> str:
    """Return what the posts of one book have in common: 24 characters, fit for an address.

    The same for the same title and author, whatever the case and the white space. Changing this
    function takes a migration that writes all keys anew.
    """
    words = (
        " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        for text in (title, book_author)
    )
    return blake2b("\n".join(words).encode(), digest_size=KEY_LENGTH // 2).hexdigest()


class BookKeyField(models.CharField):
    """Holds the key of the row's `title` and `book_author`, however the row is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_length": KEY_LENGTH, "editable": False, "default": ""}
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: "Post", add: bool) -> str:
        key = book_key(model_instance.title, model_instance.book_author)
        setattr(model_instance, self.attname, key)
        return key
