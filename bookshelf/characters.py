"""Which characters of Unicode can be seen, and where a text can be cut."""

from unicodedata import category, combining

# Default_Ignorable_Code_Point (Unicode's DerivedCoreProperties.txt) beside category Cf: fillers,
# selectors and what is reserved for more of them.
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
# Letters that belong to the next one (Grapheme_Cluster_Break=Prepend).
_PREPENDED = frozenset("\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011d46") | {
    chr(code) for code in range(0x11A84, 0x11A8A)
}
_BRAILLE_BLANK = "\u2800"
_BREAKS = {"Cc", "Zl", "Zp"}
"""Categories of controls, and of Unicode's separators of lines and paragraphs."""

_VIRAMA = 9
"""The combining class of the marks that join two consonants into one."""


def is_ignorable(character: str) -> bool:
    """Whether this character draws nothing by itself: joiners, fillers, selectors, controls."""
    return ord(character) in _IGNORED or category(character) == "Cf"


def is_visible(text: str) -> bool:
    """Whether there is anything to see: a letter, number, punctuation mark or symbol.

    Marks alone have nothing to stand on.
    """
    return any(
        category(each)[0] in "LNPS" and not is_ignorable(each) and each != _BRAILLE_BLANK
        for each in text
    )


def one_line(text: str) -> str:
    """Return a text on one line: no line separator of any kind, and no other control character.

    Each run of them becomes a space. Other spaces stay as they were typed.
    """
    pieces = "".join("\n" if category(each) in _BREAKS else each for each in text).split("\n")
    return " ".join(piece.strip() for piece in pieces if piece.strip())


def cut(text: str, most: int) -> str:
    """Return the beginning of a text: at most so many characters, and no part of a letter.

    A letter is a base with its marks, consonants that a virama joins, or a syllable of jamo. It
    follows the rules for grapheme clusters (UAX #29) as far as letters go. A single letter that is
    too long is left out.
    """
    end = min(most, len(text))
    while 0 < end < len(text) and _belong_together(text, end):
        end -= 1
    return text[:end]


def _belong_together(text: str, place: int) -> bool:
    """Whether the character at `place` and the one before it are parts of one letter."""
    first, second = text[place - 1], text[place]
    if category(second)[0] == "M" or first in _PREPENDED:
        return True
    if (_is_jamo(first) or _is_syllable(first)) and (_is_jamo(second) or _is_syllable(second)):
        return not (_is_syllable(first) and _is_syllable(second))
    before = place - 1
    while before > 0 and category(text[before])[0] == "M":
        if combining(text[before]) == _VIRAMA:
            return True
        before -= 1
    return False


def _is_jamo(character: str) -> bool:
    """Whether this is a part of a Korean syllable."""
    return "\u1100" <= character <= "\u11ff" or (
        "\ua960" <= character <= "\ua97c" or "\ud7b0" <= character <= "\ud7fb"
    )


def _is_syllable(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"
