"""Other forms of an English word, by its ending: "islands" for "island", "watch" for "watched".

A help for reviews and tags, and no more: a word is found as it is written in any case.
"""

SHORTEST = 4
"""Shorter words, in letters, have no other forms, and without -ed and -ing as much is left."""

LONGEST = 30
"""Nor have longer ones."""

OF_ONE = {"ies": ("y",), "es": ("e", ""), "s": ("",)}
OF_NOW = {"ied": ("y",), "ed": ("e", ""), "ing": ("e", "")}
HISSING = ("s", "x", "z", "ch", "sh")


def inflections(word: str) -> list[str]:
    """Return what else a folded word may be; nothing for short words and other scripts."""
    if not SHORTEST <= len(word) <= LONGEST or not (word.isascii() and word.isalpha()):
        return []
    if word.endswith("s") and not word.endswith("ss"):
        return stems(word, OF_ONE)
    if word.endswith(tuple(OF_NOW)):
        found = [stem for stem in stems(word, OF_NOW) if len(stem) >= SHORTEST]
        return [form for stem in found for form in (stem, with_s(stem))]
    return [with_s(word)]


def stems(word: str, endings: dict[str, tuple[str, ...]]) -> list[str]:
    return [
        word.removesuffix(ending) + instead
        for ending, others in endings.items()
        if word.endswith(ending)
        for instead in others
    ]


def with_s(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(HISSING) else "s")
