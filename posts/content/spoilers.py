"""Spoilers, for markdown-it: what gives the book away is there for those who ask for it.

`||text||` hides what stands between two marks, as on Discord, wherever in the text they stand. So
does a block with a title of its own, as on Lemmy:

    ::: spoiler The last chapter
    text
    :::

The rules in here put the marks among the tokens, as any rule of Markdown does. Only when the whole
text has been read is it decided what is hidden (posts/content/spoiler_ranges.py): so a spoiler
never depends on where a list, a quote or a heading ends.

The tokens are "spoiler_open" (`info`: its title) and "spoiler_close".
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, fence
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from posts.content.spoiler_marks import RUN
from posts.content.spoiler_ranges import hide_spoilers

TITLE = "Spoiler"

BEGIN = re.compile(r":{3,}[ \t]*spoiler\b[ \t]*(.*)", re.IGNORECASE)
END = re.compile(r":{3,}\s*")

CLOSERS = ".,;:!?…)]}”’"
"""What a mark that closes may stand behind, besides letters and digits."""

INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def spoilers(md: MarkdownIt) -> None:
    """Teach `md` to read and to draw spoilers: `md.use(spoilers)`, after all rules but a budget."""
    md.inline.add_terminator_char("|")
    md.inline.ruler.push("spoiler_mark", read_mark)
    md.block.ruler.before("fence", "spoiler_line", read_line, INTERRUPTS)
    md.block.ruler.at("fence", read_fence, INTERRUPTS)
    md.core.ruler.push("spoilers", hide_spoilers_of)
    md.core.ruler.push("spoiler_hosts", make_hosts)
    md.add_render_rule("spoiler_open", render_open)


def read_mark(state: StateInline, silent: bool) -> bool:
    """Read a mark: two strokes or more. Which it opens or closes is decided later."""
    run = RUN.match(state.src, state.pos, state.posMax)
    if not run:
        return False
    if not silent:
        token = state.push("spoiler_mark", "", 0)
        token.content = run[0]
        before = state.src[max(0, run.start() - 1) : run.start()]
        after = state.src[run.end() : run.end() + 1]
        token.meta["looks"] = looks(before, after)
    state.pos = run.end()
    return True


def looks(before: str, after: str) -> str:
    """Return what a mark between these characters looks like: "open", "close", or "" for both."""
    starts = bool(after.strip()) and not before.isalnum()
    ends = (before.isalnum() or (before != "" and before in CLOSERS)) and not after.isalnum()
    return "" if starts == ends else "open" if starts else "close"


def read_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a line that is `:::spoiler` with or without a title, or `:::` after such a one."""
    if not state.src.startswith(":::", state.bMarks[start] + state.tShift[start]):
        return False
    text = line(state, start)
    opening = BEGIN.fullmatch(text)
    if not opening and not END.fullmatch(text):
        return False
    if silent:
        return True
    depth = state.env.get("spoiler_depth", 0)
    if opening:
        push_opening(state, start, opening[1].strip())
    elif depth:
        state.push("spoiler_end", "", 0).block = True
    else:
        return False
    state.env["spoiler_depth"] = depth + (1 if opening else -1)
    state.line = start + 1
    return True


def push_opening(state: StateBlock, start: int, title: str) -> None:
    """Push the token of a `:::spoiler`. A title with marks in it is hidden with the rest."""
    token = state.push("spoiler_begin", "", 0)
    token.block = True
    if RUN.search(title):
        push_paragraph(state, title, start)
    else:
        token.content = title


def read_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a block of code, and note whether it is closed.

    What stands beside the opening fence is shown above, unless it is one word and the block is
    closed: that is the name of a language.
    """
    if not fence(state, start, end, silent):
        return False
    if not silent:
        token = state.tokens.pop()
        last = state.line - 1
        closing = line(state, last).strip() if last > start else ""
        token.meta["closed"] = (
            len(closing) >= len(token.markup)
            and not closing.strip(token.markup[0])
            and not state.is_code_block(last)
        )
        info = token.info.strip()
        words = len(info.split())
        if words > 1 or RUN.search(info) or (words and not token.meta["closed"]):
            push_paragraph(state, info, start)
        state.tokens.append(token)
    return True


def push_paragraph(state: StateBlock, text: str, start: int) -> None:
    """Push the tokens of a paragraph, whose text is read like any other."""
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content, token.children, token.map = text, [], [start, start + 1]
    state.push("paragraph_close", "p", -1)


def line(state: StateBlock, number: int) -> str:
    """Return a line without its indentation and without the marks of what it stands in."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


# --- What becomes of them


def hide_spoilers_of(state: StateCore) -> None:
    """Put "spoiler_open" and "spoiler_close" among the tokens.

    `env["unclosed"]` says whether something is hidden to the end, for want of a closing mark.
    """
    state.tokens, state.env["unclosed"] = hide_spoilers(state.tokens, state.env)


def make_hosts(state: StateCore) -> None:
    """Turn each paragraph with a spoiler into a div: a p would end where the details begin."""
    for before, inline, after in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if before.type == "paragraph_open" and any(
            child.type == "spoiler_open" for child in inline.children or ()
        ):
            before.tag = after.tag = "div"
            before.attrSet("class", "para")


def render_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Draw the beginning of a spoiler, with its title."""
    title = escapeHtml(tokens[index].info or TITLE)
    return f"{self.renderToken(tokens, index, options, env)}<summary>{title}</summary>"
