"""Which names look the same to a reader, by Unicode's rules (UTS #39)."""

import re
from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from unicodedata import normalize

from confusable_homoglyphs import categories, utils

from bookshelf.characters import is_ignorable

KEY_LENGTH = 24

EAST_ASIAN = [
    {"HAN", "HIRAGANA", "KATAKANA", "LATIN"},
    {"HAN", "HANGUL", "LATIN"},
    {"HAN", "BOPOMOFO", "LATIN"},
]
"""Scripts that stand in one word ("Highly Restrictive" in UTS #39)."""

NO_SCRIPT = {"COMMON", "INHERITED", "UNKNOWN"}


def name_keys(name: str) -> set[str]:
    """Return some keys of a name. Two names look alike when they share one.

    Changing this function, or the version of confusable-homoglyphs, takes a migration that fills
    the table of taken names once more.
    """
    looks = set()
    for form in (name, normalize("NFKC", name)):
        text = "".join(each for each in form if not is_ignorable(each))
        text = " ".join(text.split())
        # As read, as written, and in capitals: what folds to "i" may look like "l".
        looks |= {_drawn(_drawn(each).casefold()) for each in (text.casefold(), text)}
        looks.add(_drawn(_in_capitals(text)))
    return {blake2b(each.encode(), digest_size=KEY_LENGTH // 2).hexdigest() for each in looks}


def _in_capitals(text: str) -> str:
    """Return text in capitals, but for letters that look like a digit: theirs do not."""
    prototype = prototypes()
    return "".join(each if prototype.get(each, "").isdigit() else each.upper() for each in text)


def _drawn(text: str) -> str:
    """Return a text in which one character stands for all that look like it."""
    prototype = prototypes()
    text = "".join(prototype.get(each, each) for each in normalize("NFD", text))
    return normalize("NFD", text)


@lru_cache(maxsize=1)
def prototypes() -> dict[str, str]:
    """Return what stands for each character that looks like others (confusables.txt).

    The library's table says of each pair that they look alike. Unicode has a star for each
    prototype, so of those that hang together the prototype has the most pairs.
    """
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


def mixes_scripts(name: str) -> bool:
    """Whether a word of a name has letters of several scripts, as imitations do: Latin and Greek.

    Scripts that are written together, as in Japan, are one.
    """
    for word in re.split(r"[\W_]+", name):
        scripts = {categories.alias(each).upper() for each in word} - NO_SCRIPT
        if len(scripts) > 1 and not any(scripts <= together for together in EAST_ASIAN):
            return True
    return False
