"""Titles and authors that search has to find, and the forms in which people type them."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("titles.txt")


def titles() -> list[tuple[str, str]]:
    """Return the titles of the file, each with its author."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" | ") for line in lines if line and not line.startswith("# ")]
    return [(title, author) for title, author in pairs]


def without(text: str, classes: str, instead: str = "") -> str:
    """Return text with something else for the characters of these classes, as Unicode has them."""
    return "".join(instead if unicodedata.category(each)[0] in classes else each for each in text)


def without_accents(text: str) -> str:
    """Return text as the most common recipe has it: taken apart, and the marks left out."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(each for each in parts if unicodedata.category(each) != "Mn")


FORMS = {
    "as it is": lambda text: text,
    "small letters": str.lower,
    "capitals": str.upper,
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "compatible": lambda text: unicodedata.normalize("NFKC", text),
    "no accents": without_accents,
    "nothing that combines": lambda text: "".join(
        each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)
    ),
    "no punctuation": lambda text: without(text, "P"),
    "spaces for punctuation": lambda text: without(text, "P", " "),
    "no signs": lambda text: without(text, "PSC"),
    "letters as a pattern has them": lambda text: re.sub(r"[^\w\s]", "", text),
    "straight quotes": lambda text: re.sub("[‘’ʻ]", "'", text),
    "curly quotes": lambda text: re.sub("['ʻ]", "’", text),
    "bare": lambda text: without(without_accents(text), "PSC").lower(),
    "bare, with spaces": lambda text: without(without_accents(text), "PS", " ").lower(),
}


def forms_of(text: str) -> dict[str, str]:
    """Return the text as it is typed in different ways, with a name for each; none twice."""
    seen: dict[str, str] = {}
    for name, form in FORMS.items():
        seen.setdefault(" ".join(form(text).split()), name)
    return seen


def beginnings_of(text: str) -> Iterator[str]:
    """Yield what is in the field while one types, from two letters on."""
    letters = 0
    for place, each in enumerate(text, 1):
        letters += each.isalnum()
        if letters > 1 and each.isalnum():
            yield text[:place]
