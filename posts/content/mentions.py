"""Readers who are mentioned in a text by @name."""

import re
from collections.abc import Iterator

from markdown_it.token import Token

from posts.content.markdown import flat, read, said_by

MENTION = re.compile(r"(?<![\w@/.])@(\w[\w.@+-]*)")
MOST_MENTIONS = 10
"""How many of those mentioned in one text are notified."""

CODE = {"code_inline", "fence"}
LEFT_OUT = "\ufffc"
"""Stands for what cannot mention anybody; it is no letter that a name could go on with."""


def mentioned_in(text: str) -> set[str]:
    """Return the names that stand as @name in Markdown, outside of spoilers, code and addresses.

    A name is as it was typed: whom it means is for `User.objects.named` to say.
    """
    said = "".join(mentioning(read(text)))
    names = (match[1].rstrip(".-+@") for match in MENTION.finditer(said))
    return set(list(dict.fromkeys(names))[:MOST_MENTIONS])


def mentioning(tokens: list[Token]) -> Iterator[str]:
    """Yield the text of the tokens that may mention somebody."""
    hidden = 0
    for token in flat(tokens):
        address = token.type.startswith("link_") and token.info == "auto"
        hidden += token.nesting * (address or token.type.startswith("spoiler_"))
        if address or token.type in CODE or token.type == "spoiler_open":
            yield LEFT_OUT
        if not hidden and token.type not in CODE:
            yield from said_by(token)
