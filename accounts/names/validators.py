"""Validators for the names of accounts. Each says what to do instead."""

import re
from functools import lru_cache
from unicodedata import category, decomposition, normalize

from django.core.exceptions import ValidationError
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names.confusables import mixes_scripts, name_keys
from bookshelf.characters import is_ignorable, is_visible

ROLES = [
    "admin", "administrator", "anonymous", "bookshelf", "guest", "help", "info", "mod",
    "moderator", "moderators", "official", "owner", "postmaster", "root", "security", "staff",
    "support", "sysadmin", "system", "team", "webmaster",
    "someonewholeft",
]  # fmt: skip
"""Names in which somebody would speak for the site, or pass for a deleted account."""

IN_NAMES = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}
"""Invisible characters that words of some languages, and emoji, are written with."""

RESERVED = _("This name is reserved. Choose another one.")
TAKEN = _("This name is taken, or looks like one that is. Choose another one.")


def validate_characters(name: str) -> None:
    """Refuse a username that could not stand in an address: "." and ".." would lead elsewhere."""
    letters = [each.isalnum() and not is_ignorable(each) for each in name]
    marks = [category(each)[0] == "M" and not is_ignorable(each) for each in name]
    allowed = [
        letter or mark or each in "@.+-_"
        for each, letter, mark in zip(name, letters, marks, strict=True)
    ]
    if not (name and letters[0] and all(allowed)):
        raise ValidationError(
            gettext(
                "A username begins with a letter or digit, and has only letters, digits and "
                "@ . + - _"
            )
        )


def validate_plain(name: str) -> None:
    """Refuse letters of special width or form, such as full-width ones, in a username."""
    if any(decomposition(each).startswith("<") and not _is_own_letter(each) for each in name):
        plain = normalize("NFKC", name)
        text = gettext("Write this name in plain letters: “%(name)s”.")
        raise ValidationError(text, params={"name": plain})


def _is_own_letter(character: str) -> bool:
    """Whether a letter only counts as made of others: AM of Thai and Lao, digraphs."""
    return decomposition(character).startswith("<compat>")


def validate_no_address(name: str) -> None:
    """Refuse a mail address as a name: it may be another user's, who signs in with it.

    Whether there is such a user decides nothing: the answer would tell.
    """
    if re.search(r"\S@\S", normalize("NFKC", name)):
        raise ValidationError(gettext("A name is not a mail address."))


def validate_visible(name: str) -> None:
    """Refuse a name with nothing to see in it, or with what turns the text around it."""
    if any((is_ignorable(each) and each not in IN_NAMES) or each == "\u2800" for each in name):
        raise ValidationError(gettext("A name has no invisible characters."))
    letters = "".join(each for each in name if category(each)[0] in "LN")
    if not is_visible(letters):
        raise ValidationError(gettext("A name needs at least one letter or digit."))


def validate_one_script(name: str) -> None:
    """Refuse words that mix letters of several alphabets."""
    if mixes_scripts(name):
        raise ValidationError(
            gettext(
                "A word of this name has letters of several alphabets, which look alike. Write it "
                "in one alphabet."
            )
        )


display_name_validators = [validate_visible, validate_no_address, validate_one_script]
username_validators = [
    validate_characters,
    validate_plain,
    validate_no_address,
    validate_one_script,
]


def validate_not_a_role(name: str) -> None:
    """Refuse a name, or what looks like one, in which somebody would speak for the site."""
    _refuse_reserved(name, frozenset(ROLES))


def validate_not_reserved(name: str) -> None:
    """Refuse a role, or a word of our addresses, as a username."""
    _refuse_reserved(name, frozenset(ROLES) | words_of_addresses())


def _refuse_reserved(name: str, reserved: frozenset[str]) -> None:
    bare = "".join(each for each in name if category(each)[0] in "LMN")
    if name_keys(bare) & _keys_of(reserved):
        raise ValidationError(RESERVED)


@lru_cache(maxsize=4)
def _keys_of(names: frozenset[str]) -> frozenset[str]:
    return frozenset(key for name in names for key in name_keys(name))


@lru_cache(maxsize=1)
def words_of_addresses() -> frozenset[str]:
    """Return the words with which the site's addresses begin, and those below /accounts/."""
    words: set[str] = set()

    def collect(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver) and route in ("", "accounts/"):
                collect(pattern.url_patterns, route)
            words.update(re.findall(r"^\^?(?:accounts/)?([a-z]+)", route))

    collect(get_resolver().url_patterns, "")
    return frozenset(words)
