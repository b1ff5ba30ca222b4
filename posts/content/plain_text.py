"""Plain text in the place of Markdown that takes too much work to read, for markdown-it.

It stands there as it was typed, in paragraphs. Which marks would have begun a spoiler is not known
then: from the first that might, all is hidden.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from posts.content.spoiler_marks import MARK
from posts.content.spoiler_ranges import spoiler_token

MIGHT_HIDE = re.compile(rf"{re.escape(MARK)}|:::")
PARAGRAPHS_END = re.compile(r"\n[ \t]*\n\s*")


def plain_text(md: MarkdownIt) -> None:
    """Teach `md` to draw plain text: `md.use(plain_text)`."""
    md.add_render_rule("plain_text", render_plain_text)


def plain_tokens(text: str, scope: object = "") -> list[Token]:
    """Return tokens that say a text as it was typed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    mark = MIGHT_HIDE.search(text)
    if not mark:
        return [plain_token(text)]
    opening = spoiler_token({"scope": scope}, text[mark.start() :])
    opening.block = True
    opening.attrJoin("class", "spoiler--whole")
    closing = Token("spoiler_close", "details", -1, block=True)
    before = [plain_token(text[: mark.start()])] if mark.start() else []
    return [*before, opening, plain_token(text[mark.start() :]), closing]


def plain_token(text: str) -> Token:
    return Token("plain_text", "", 0, content=text.strip("\n"), block=True)


def render_plain_text(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Draw paragraphs, with each line break as one."""
    text = escapeHtml(tokens[index].content)
    paragraphs = (each.replace("\n", "<br>\n") for each in PARAGRAPHS_END.split(text))
    return "".join(f'<p dir="auto">{each}</p>\n' for each in paragraphs)
