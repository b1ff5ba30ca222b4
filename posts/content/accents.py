"""Letters without their accents, where an accent does not make another word of it."""

import re
import unicodedata

# Latin letters that Unicode does not take apart.
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


def without_accents(text: str) -> str:
    """Return text with plain letters: "Garcia" for "García", "Nesbo" for "Nesbø"; as NFKC."""
    if text.isascii():
        return text
    parts = ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", parts).translate(PLAIN_LETTERS)
