"""The direction of each part of a text, for scripts that are written from right to left.

A paragraph takes its own from its first letter, in the browser (dir="auto"). What holds paragraphs
cannot: the browser leaves out whatever has a direction of its own. So the mark beside a quotation
and the numbers of a list go by the first letter that is found in them here.
"""

from unicodedata import bidirectional

from markdown_it.token import Token

PARTS = {"paragraph_open", "heading_open", "fence"}
HOLDERS = {
    "blockquote_open", "bullet_list_open", "ordered_list_open", "list_item_open", "spoiler_open",
}  # fmt: skip
RIGHT_TO_LEFT = {"R", "AL"}
STRONG = RIGHT_TO_LEFT | {"L"}


def give_directions(tokens: list[Token]) -> None:
    """Set the attribute `dir` of all blocks."""
    undecided: list[Token] = []
    for token in tokens:
        if token.type in PARTS:
            token.attrSet("dir", "auto")
        if token.type in HOLDERS and token.block:
            token.attrSet("dir", "auto")
            undecided.append(token)
        if undecided and token.content and (first := first_strong(token.content)):
            for holder in undecided:
                holder.attrSet("dir", "rtl" if first in RIGHT_TO_LEFT else "auto")
            undecided.clear()


def first_strong(text: str) -> str:
    """Return the bidirectional class of the first character that has a direction; or nothing."""
    return next((found for each in text if (found := bidirectional(each)) in STRONG), "")
