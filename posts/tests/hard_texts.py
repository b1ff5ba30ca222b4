"""Texts that are hard to read: each as long as a review may be."""

from collections.abc import Iterator

from hypothesis import strategies as st

MOST = 20_000
"""As long as a review can be."""

UNITS = (
    # Brackets, links, references
    "[", "![", "[[", "]", "](", "[a](", "[a][", "[a]: x\n", "[a]: x '\n", "[||", "||[", "]\n",
    "[a\n",
    "[||a](http://x)", "[a](<", '[a](x "', "[a]:\n", "[a]:\nx\n", "[a]: (\n", "[](http://x)", "[*a",
    # Spoilers
    "|", "||", "|| ", "||a", "||a|| ", "||`", "||*", "||\n\n", "||a\n\n", "||a\n\nb\n\n", "a||\n\n",
    "> ||a\n\n", "- ||a\n", "||a\n# b\n\n", "||a\n#\n", ":::spoiler\n", ":::\n",
    ":::spoiler\n:::\n",
    "\n:::spoiler\n||a\n", ":::spoiler\n:::spoiler\n:::\n",
    # Blocks, and what interrupts them
    ">", "> ", ">\n", "- ", "-\n", "* ", "1. ", "#\n", "a\n#\n", "a\n>\n", "a\n***\n", "a\n---\n",
    "a\n```\n", "a\n~~~\n", "a\n- ", "a\n1. ", "- a\n", "- a\nb\n", "> a\nb\n", "- a\n  b\n",
    "- #\n",
    "> - ", "- > ", "  - a\n", "* a\n\n", "a\n\n", "a\n", "\n", "\t", "    a\n", "> ```\n", "1) ",
    # Within lines
    "`", "` ", "`a``", "``` ", "```\n", "*", "**", "*a", "a*", "*a*", "**a *b ", "*a_b", "_a*",
    "a***b",
    "~~", "~~a", "_", "\\", "\\|", "&", "&amp;", "&#1;", "<", "<a", "<!--", "\x00", "\U0001f600",
    "é",
    # Addresses
    "http://", "http://a(", "http://a.b ", "https://a.b/", "http://a.b||", "//a.b ", "://",
    "mailto:",
    "mailto:a@b.c ", "a@b.c ", "@", "@a ", "www.", "<http://a>", "http://a.b/?",
)  # fmt: skip

PREFIXES = (
    "- ", "> " * 17, "> " * 15 + "- ", "- " * 8, "1. " * 8, "- > " * 6, "||", "||a\n\n",
    ":::spoiler\n",
    ":::spoiler\n" * 15, "*", "`", "```\n", "# ", "[", "[" * 1001 + "\n\n", "[a](", "<",
    "http://a/",
    "[a]: http://x\n\n",
)  # fmt: skip

PAIRS = (
    ("[", "](http://x)"), ("*a **a ", "b** b*"), ("> ", ""), ("(", ")"), ("||[", "](http://x)||"),
    ("*_", "_*"), ("~~*", "*~~"), ("||*", "*||"), ("**", "**"), ("http://a/(", ")"), ("<b>",
    "</b>"),
)  # fmt: skip


def repeated(prefix: str, unit: str, most: int = MOST) -> str:
    """Return `unit` again and again after `prefix`: `most` characters."""
    return (prefix + unit * (most // len(unit) + 1))[:most]


def nested(opening: str, closing: str, most: int = MOST) -> str:
    """Return pairs within pairs: at most `most` characters."""
    times = (most - 1) // len(opening + closing)
    return f"{opening * times}x{closing * times}"


def runs_of(mark: str, most: int = MOST) -> str:
    """Return runs of a mark, each of another length, twice: none closes the one before."""
    runs = " ".join(mark * length for length in range(1, int(most**0.5)))
    return f"{runs} {runs}"[:most]


def by_hand() -> Iterator[str]:
    """Yield the texts that were once slow, or might be."""
    yield from (repeated("", unit) for unit in UNITS)
    yield from (nested(*pair) for pair in PAIRS)
    yield from (runs_of(mark) for mark in "`*~_")


def with_prefixes() -> Iterator[str]:
    """Yield each unit after each prefix: some two thousand texts."""
    yield from (repeated(prefix, unit) for prefix in PREFIXES for unit in UNITS)


ALPHABET = "|*_`[]()!<>#-:~\\&; \n\tax1./@\"'"

repetitions = st.builds(
    repeated,
    st.one_of(st.just(""), st.sampled_from(PREFIXES), st.text(ALPHABET, max_size=12)),
    st.one_of(
        st.text(ALPHABET, min_size=1, max_size=8),
        st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map("".join),
    ),
)
"""Anything short, repeated up to the limit."""
