"""What a text is found by: its words, in each of the spellings that people type.

Both databases index what stands here, tokens with spaces between, and take nothing apart any
further. Scripts that write no spaces between words are cut into pairs of characters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import filterfalse, pairwise, product

from posts.content.markdown import to_text
from posts.search.folding import fold

VERSION = 1
"""Raise it with each change of the analysis: `migrate` then indexes again what is stored."""

LONGEST = 64
"""Of longer words, in characters, the rest is not looked at."""

MOST_COMPOUND = 40
"""In a review, longer words in one (in characters) are found by their parts only."""

BEGINNING = 100
"""How many characters of a title are found by its beginning."""

BREAK = "·"
"""A token that nobody can ask for, so that no phrase reaches across it."""

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
HANGUL = "\u1100-\u11ff\uac00-\ud7a3"
# Thai, Lao, Burmese, Khmer: also marks, but no digits and punctuation.
WITHOUT_SPACES = [range(0xE00, 0xF00), range(0x1000, 0x10A0), range(0x1780, 0x1800)]
SOUTH_EAST = "".join(
    chr(code)
    for block in WITHOUT_SPACES
    for code in block
    if unicodedata.category(chr(code))[0] in "LM"
)
PAIRED = HAN + KANA + HANGUL + SOUTH_EAST


def class_of_marks() -> str:
    """Return the marks, beside those PAIRED, that are a part of words, for a class in a pattern."""
    codes = (*range(0x900, 0xE00), *range(0xF00, 0x1000), *range(0x10A0, 0x1780))
    codes += (*range(0x1800, 0x3000), *range(0xA000, 0xAC00), *range(0x10A00, 0x12000))
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code))[0] == "M")


MARKS = class_of_marks()
PAIRS = f"[{PAIRED}]+"
PAIRED_FROM = "\u0e00"
LETTERS = rf"[^\W\d{PAIRED}]+(?:[{MARKS}]+[^\W\d{PAIRED}]*)*"
PART = re.compile(rf"{LETTERS}|\d+|{PAIRS}|&")
WHOLE = re.compile(rf"{PAIRS}|[^\W{PAIRED}]+(?:[{MARKS}]+[^\W{PAIRED}]*)*")
IS_PAIRED = re.compile(PAIRS).fullmatch
SINGLE_LETTERS = re.compile(r"(?<!\S)\S(?: \S(?!\S))+")
ASCII_PART = re.compile(r"[a-z]+|\d+|&")
IS_MARK: list[Callable[[str], object]] = [
    unicodedata.combining,
    lambda each: unicodedata.category(each) == "Mn",
    lambda each: unicodedata.category(each)[0] == "M",
]
EDGES = ".,;:!?…'\"“”„«»()[]*-–—"


def searchable(review: str) -> str:
    """Return what a review is found by: its plain text, without spoilers."""
    return indexed_text(to_text(review))


def indexed_text(text: str) -> str:
    """Return the tokens of a long text: its words, then those that are spelled in other ways."""
    folded = fold(text)
    words = " ".join(cut(folded))
    others: dict[str, None] = dict.fromkeys(initials_in(words))
    mixed = [each for each in dict.fromkeys(folded.split()) if not each.isalpha()]
    for compound in dict.fromkeys(each.strip(EDGES) for each in mixed):
        if not compound.isalpha() and len(compound) <= MOST_COMPOUND:
            others |= dict.fromkeys(" ".join(tokens) for tokens in spellings(compound)[1:])
    return " ".join([words, BREAK, *others]) if others else words


def indexed_name(text: str) -> str:
    """Return the tokens of a title, of an author or of tags: all spellings, one after the other."""
    folded = dict.fromkeys(fold(each) for each in (text, *without_marks(text)))
    every = [tokens for each in folded for tokens in spellings(each)]
    return f" {BREAK} ".join(dict.fromkeys(" ".join(tokens) for tokens in every))


def beginning_of(text: str) -> str:
    """Return the letters that a title begins with, without what stands between them."""
    return unicodedata.normalize("NFD", "".join(WHOLE.findall(fold(text))))[:BEGINNING]


def spellings(folded: str, *, goes_on: bool = False) -> list[list[str]]:
    """Return the tokens of a text with its compounds taken apart, and in other spellings if any.

    "j.k.'s catch-22" is: j k s catch 22; jks catch22; jks catch 22.
    """
    compounds = merged(folded.split(), is_initials)
    whole = ("".join(WHOLE.findall(compound)) for compound in compounds)
    some = merged(WHOLE.findall(folded.replace("'", "")), is_initials)
    every = [cut(folded, goes_on=goes_on)]
    every += [cut(" ".join(words), WHOLE, goes_on=goes_on) for words in (whole, some)]
    return [tokens for n, tokens in enumerate(every) if tokens and tokens not in every[:n]]


def cut(folded: str, pattern: re.Pattern[str] = PART, *, goes_on: bool = False) -> list[str]:
    """Return the tokens of a text. That of an end which `goes_on` is left out if it is half one."""
    if pattern is PART and folded.isascii():
        words = ASCII_PART.findall(folded)
        return ["and" if word == "&" else word[:LONGEST] for word in words]
    tokens: list[str] = []
    parts = pattern.findall(folded)
    half = len(parts) - 1 if goes_on and parts and folded.endswith(parts[-1]) else None
    for place, part in enumerate(parts):
        if part[0] >= PAIRED_FROM and IS_PAIRED(part):
            pairs = [*map("".join, pairwise(part))]
            # As a token of its own, the last character is found as well.
            if place != half or not pairs:
                pairs.append(part[-1])
            # Taken apart, a syllable of Hangul begins as it does while it is being typed.
            tokens += (unicodedata.normalize("NFD", pair) for pair in pairs)
        else:
            tokens.append("and" if part == "&" else part[:LONGEST])
    return tokens


def is_initials(word: str) -> bool:
    """Whether a word is made of single letters only, like "j.r."."""
    parts = PART.findall(word)
    return bool(parts) and all(len(part) == 1 and part.isalpha() for part in parts)


def initials_in(tokens: str) -> Iterator[str]:
    """Yield the initials among the tokens, as one word each: "jk" of "j k rowling"."""
    for row in SINGLE_LETTERS.finditer(tokens):
        letters = row[0].replace(" ", "")
        if letters.isalpha():
            yield letters[:LONGEST]


def without_marks(text: str) -> Iterator[str]:
    """Yield a text without marks that are parts of letters, as some programs leave it.

    What is a mark, there are three opinions on, and letters are taken apart before or not.
    """
    if text.isascii():
        return
    forms = (unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    for form, is_mark in product(forms, IS_MARK):
        yield "".join(filterfalse(is_mark, form))


def merged(words: Iterable[str], are_alike: Callable[[str], bool]) -> Iterator[str]:
    """Yield the words, of those in a row that are alike one that is made of all."""
    row = ""
    for word in words:
        if are_alike(word):
            row += word
            continue
        if row:
            yield row
        row = ""
        yield word
    if row:
        yield row
