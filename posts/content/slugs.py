"""Names as they stand in addresses."""

from unicodedata import category, normalize

from bookshelf.characters import cut, is_ignorable

LONGEST = 60
"""Characters."""

TAKEN = {"edit", "delete", "restore", "history", "like", "likes", "comments"}
"""Words that mean something else in the place of a post's own (posts/urls.py)."""

WORDS_FOR = str.maketrans({"+": "plus", "#": "sharp", "&": " and "})

NON_JOINER = "\u200c"
"""Parts words in Persian, where a space would part them too far."""


def slug_of(name: str) -> str:
    """Return a tag's name as it stands in its address: `ghost-stories`, `cplusplus`; "" for none.

    At most 60 characters.
    """
    return _joined(normalize("NFKC", name).casefold().translate(WORDS_FOR), between="-")


def address_of(title: str) -> str:
    """Return the words of a post's address: those of its title, at most 60 characters.

    Like Django's slugify it drops punctuation within words: `dont-look-now`.
    """
    slug = _joined(normalize("NFKC", title).lower(), between="") or "book"
    return f"book-{slug}" if slug in TAKEN else slug


def _joined(text: str, between: str) -> str:
    """Return the words of a text, joined by hyphens. `between` replaces punctuation and symbols.

    Unlike Django's slugify it keeps the marks without which words of many scripts are others. A
    mark stays on its letter, and goes with what it stands on.
    """
    kept = []
    on_letter = False
    for each in text:
        kind = category(each)
        if each == NON_JOINER or each.isspace() or kind == "Pd":
            kept.append("-")
            on_letter = False
        elif is_ignorable(each) or (kind[0] == "M" and not on_letter):
            continue
        else:
            on_letter = kind[0] in "LMN" or (each == "_" and not between)
            kept.append(each if on_letter else between)
    words = "-".join(part for part in "".join(kept).split("-") if part)
    return cut(words.strip("-_"), LONGEST).rstrip("-_")
