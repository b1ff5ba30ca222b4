"""User names, whose case and width make no difference."""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from bookshelf.characters import one_line

if TYPE_CHECKING:
    KeyField = models.CharField[str, str]
else:
    KeyField = models.CharField

KEY_LENGTH = 150


def name_key(username: str) -> str:
    """Return what two spellings of a user name have in common: at most KEY_LENGTH characters.

    Changing this function takes a migration that writes all keys again.
    """
    return unicodedata.normalize("NFKC", username).casefold()[:KEY_LENGTH]


def new_names(after: set[str], before: set[str]) -> set[str]:
    """Return the names of `after` that `before` does not have, in whatever case."""
    known = set(map(name_key, before))
    return {name for name in after if name_key(name) not in known}


def name_in_mails(user: AbstractBaseUser) -> str:
    """Return what allauth calls an account in its mails (ACCOUNT_USER_DISPLAY)."""
    return one_line(user.get_username())


class NameKeyField(KeyField):
    """Holds the key of the row's `username`, however the row is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_length": KEY_LENGTH, "editable": False, "db_index": True}
        # A process of the version before, which does not know the column, may still sign people up.
        super().__init__(*args, **kwargs | {"default": "", "db_default": ""})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Migrations see a plain CharField: what fills it is no business of the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """Set and return the key of a user."""
        key = name_key(model_instance.username)
        setattr(model_instance, self.attname, key)
        return key
