"""Text as search compares it: without case, accents, and the several signs for one thing."""

import re
import unicodedata

from posts.content.accents import without_accents

# Before NFKC, which makes a space of some. The zero-width signs that part words are like a hyphen.
SIGNS = str.maketrans(
    dict.fromkeys("‘’‚‛ʹʻʼʽʾʿˈ′‵´`՚׳", "'")
    | dict.fromkeys("\u200b\u200c\u2060", "-")
    | dict.fromkeys("\u00ad\u0640\u061c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff", "")
    | {"_": " ", "\0": " "}
)
# Letters that are typed for one another, beside those that `without_accents` takes for one.
ALIKE = str.maketrans("йўїґѓќىیکةٱ", "иуіггкييكها")
OTHER_DIGIT = re.compile(r"[^\D0-9]")


def fold(text: str) -> str:
    """Return text without accents and in lower case, so that "Bronte" finds "Brontë"."""
    text = text.translate(SIGNS)
    if text.isascii():
        return text.casefold()
    # Once more, for capitals whose small letter has an accent: İ.
    text = without_accents(without_accents(text).casefold()).translate(ALIKE)
    return OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
