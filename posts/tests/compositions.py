"""Texts made of any blocks within any others, in which each word is known."""

import re
from typing import NamedTuple

from hypothesis import strategies as st

PLAIN, FIXED = "\ue000", "\ue001"
"""Stand for a word; a mark may be put beside a plain one, and would mean nothing beside a fixed
one, in code or in an address."""

INLINE = (
    "\ue000", "\ue000", "\ue000 \ue000", "*\ue000*", "**\ue000 \ue000**", "_\ue000_",
    "~~\ue000~~", "`\ue001`", "`` \ue001 ` ``", "[\ue000](https://a.example/\ue001)",
    "![\ue000](https://a.example/b)", '[\ue000](https://a.example "\ue001")',
    "https://a.example/_\ue001_/b", "<https://a.example/\ue001>", "https://a.example/\ue001*b*c",
    "<b>\ue000</b>", "\\|| \ue000", "&#124;&#124; \ue000", "&amp;\ue000", "(\ue000)",
    "a_\ue000_b", "[\ue000", "\ue000](", "*\ue000", "`\ue000", "| \ue000 |", "\ue000\\",
    "#\ue000",
)  # fmt: skip

LINE = st.lists(st.sampled_from(INLINE), min_size=1, max_size=3).map(" ".join)
LEAVES = st.one_of(
    st.lists(LINE, min_size=1, max_size=3),
    LINE.map(lambda line: [f"# {line}"]),
    LINE.map(lambda line: [f"    {line}"]),
    st.just(["***"]),
    st.just(["```", FIXED, "", f"- {FIXED}", "```"]),
    st.just([f"~~~ {FIXED} {FIXED}", FIXED, "~~~"]),
    st.just([f"[{FIXED}]: https://a.example/{FIXED}"]),
    st.just([f"| {PLAIN} | {PLAIN} |", "|---|---|", f"| {PLAIN} | {PLAIN} |"]),
    st.just([f"{PLAIN}", "==="]),
)


def indented(first: str, rest: str, lines: list[str]) -> list[str]:
    return [f"{rest if n else first}{line}" for n, line in enumerate(lines)]


def container(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    several = st.lists(children, min_size=1, max_size=3).flatmap(joined)
    return st.one_of(
        several.map(lambda lines: indented("- ", "  ", lines)),
        several.map(lambda lines: indented("7. ", "   ", lines)),
        several.map(lambda lines: indented("> ", "> ", lines)),
        # A line that belongs to the quote or the item by laziness.
        several.map(lambda lines: indented("> ", "", lines)),
        several.map(lambda lines: indented("- ", "", lines)),
        several.map(lambda lines: [f"::: spoiler {PLAIN}", *lines, ":::"]),
        several,
    )


def joined(blocks: list[list[str]]) -> st.SearchStrategy[list[str]]:
    """Blocks below each other, with an empty line between, or without."""
    gaps = st.lists(st.booleans(), min_size=len(blocks), max_size=len(blocks))
    return gaps.map(
        lambda gaps: [
            line
            for gap, block in zip(gaps, blocks, strict=True)
            for line in ([""] if gap else []) + block
        ]
    )


DOCUMENTS = st.recursive(LEAVES, container, max_leaves=8).map("\n".join)


class Hidden(NamedTuple):
    """A text with marks in it, one or two, the words that they hide, and all its words."""

    text: str
    marks: int
    secrets: list[str]
    words: list[str]


def numbered(document: str) -> tuple[str, list[str], list[str]]:
    """Return a document with words in it, all these words, and those beside which marks may be."""
    words: list[str] = []
    plain: list[str] = []

    def word(match: re.Match[str]) -> str:
        words.append(f"w{len(words)}w")
        if match[0] == PLAIN:
            plain.append(words[-1])
        return words[-1]

    return re.sub(f"[{PLAIN}{FIXED}]", word, document), words, plain


AROUND = (
    "{}", "`||` {}", "{}\n\n`||`", "https://a.example/a||b {}", "||other|| {}", "{}\n\n||other||",
    "{} https://a.example/c||d", "a || b\n\n{}", "{}\n\na || b",
)  # fmt: skip
"""What may stand beside a composition: other marks, the last two of them alone."""


OPENINGS = ("||", "|| ", "||\n", "\n||", "\n\n||\n\n", "|||", "||||", "||*")
CLOSINGS = ("||", " ||", "\n||", "||\n", "\n\n||\n\n", "|||", "||||", "*||")


@st.composite
def with_marks(draw: st.DrawFn) -> Hidden:
    """A composition of blocks in which some words stand between two marks."""
    text, words, plain = numbered(draw(DOCUMENTS.filter(lambda text: PLAIN in text)))
    first, last = sorted(draw(st.integers(0, len(plain) - 1)) for _ in range(2))
    secrets = words[words.index(plain[first]) : words.index(plain[last]) + 1]
    opening = draw(
        st.sampled_from(["||", "|| ", "||\n", "\n||", "\n\n||\n\n", "|||", "||||", "||*"])
    )
    closing = draw(
        st.sampled_from(["||", " ||", "\n||", "||\n", "\n\n||\n\n", "|||", "||||", "*||"])
    )
    if draw(st.booleans()):
        closing = draw(st.sampled_from(["", closing]))
    if not closing:
        secrets = words[words.index(plain[first]) :]
    text = text.replace(plain[last], plain[last] + closing)
    text = text.replace(plain[first], opening + plain[first])
    text = draw(st.sampled_from(AROUND if closing else AROUND[:-2])).format(text)
    text = draw(st.sampled_from([text, text.replace("\n", "\r\n")]))
    return Hidden(text, 2 if closing else 1, secrets, words)
