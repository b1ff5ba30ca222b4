"""Spoilers, for markdown-it: what gives the book away is there for those who ask for it.

Three ways to write one. `||text||` within a paragraph, as on Discord. The same two marks around
several paragraphs. And a block with a title of its own, as on Lemmy:

    ::: spoiler The last chapter
    text
    :::

When in doubt they hide more, not less: a block that is not closed runs to the end, and of
paragraphs between two marks all is hidden, also what stands beside the marks. Code may contain
`||` as it is, and so may text with a backslash before it.

The tokens are "spoiler_open" (`info`: its title) and "spoiler_close".
"""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MARK = "||"
TITLE = "Spoiler"
PARENT = "spoiler"

OPENING = re.compile(r"\|\|(?=[^|])")
BLOCK = re.compile(r":{3,}[ \t]*spoiler\b[ \t]*(.*)", re.IGNORECASE)
BLOCK_END = re.compile(r":{3,}\s*")
NO_MARK = re.compile(r"\\.|`[^`]*`|(?<=[ \t])\|\|(?=[ \t])")


def spoilers(md: MarkdownIt) -> None:
    """Teach `md` to read and to draw spoilers: `md.use(spoilers)`."""
    md.inline.add_terminator_char(MARK[0])
    md.inline.ruler.push("spoiler", inline_spoiler)
    interrupts = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "spoiler_block", block_spoiler, interrupts)
    md.block.ruler.before("paragraph", "spoiler_paragraphs", spoiler_paragraphs)
    md.core.ruler.push("spoiler_hosts", make_hosts)
    md.add_render_rule("spoiler_open", render_open)


# --- Within a paragraph


def inline_spoiler(state: StateInline, silent: bool) -> bool:
    """Read `||text||`."""
    start, maximum = state.pos, state.posMax
    if not OPENING.match(state.src, start, maximum):
        return False
    end = find_end(state)
    if end is None:
        return False
    if not silent:
        open_spoiler(state, state.src[start:end])
        state.pos, state.posMax = start + len(MARK), end
        state.md.inline.tokenize(state)
        state.posMax = maximum
        state.push("spoiler_close", "details", -1)
    state.pos = end + len(MARK)
    return True


def find_end(state: StateInline) -> int | None:
    """Return where the mark stands that closes the one at `state.pos`.

    Marks in code, or with a backslash, are passed over. Of two marks the later closes the earlier,
    so there is at most one that looks for its end in vain, and the time is linear.
    """
    start = state.pos
    state.pos = start + len(MARK)
    found = None
    while state.pos < state.posMax - 1:
        if state.src.startswith(MARK, state.pos):
            found = state.pos
            break
        state.md.inline.skipToken(state)
    state.pos = start
    return found


# --- Whole blocks


def block_spoiler(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read `:::spoiler` to `:::`, or to the end of what it stands in."""
    opening = BLOCK.fullmatch(line(state, start))
    if not opening:
        return False
    if silent:
        return True
    depth, last = 1, start + 1
    while last < end and not leaves(state, last):
        depth += bool(BLOCK.fullmatch(line(state, last)))
        depth -= bool(BLOCK_END.fullmatch(line(state, last)))
        if not depth:
            break
        last += 1
    hide(state, start + 1, last, opening[1].strip())
    state.line = last if depth else last + 1
    return True


def spoiler_paragraphs(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a mark in this paragraph that has its counterpart in a later one."""
    stop = paragraph_end(state, start, end)
    # Right inside a spoiler it would find its own marks again, for ever.
    if silent or state.parentType == PARENT or not is_open(state, start, stop):
        return False
    while stop < end and not leaves(state, stop):
        first, stop = stop, paragraph_end(state, stop, end)
        if is_open(state, first, stop):
            break
    else:
        return False
    kept = state.bMarks[:], state.eMarks[:], state.tShift[:], state.sCount[:]
    cut_marks(state, start, stop - 1)
    hide(state, start, stop, "")
    state.bMarks, state.eMarks, state.tShift, state.sCount = kept
    state.line = stop
    return True


def line(state: StateBlock, number: int) -> str:
    """Return a line without its indentation and without the marks of what it stands in."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def leaves(state: StateBlock, number: int) -> bool:
    """Whether this line is outside of the list item that is being read."""
    return state.sCount[number] < state.blkIndent and not state.isEmpty(number)


def paragraph_end(state: StateBlock, start: int, end: int) -> int:
    """Return the first line after `start` that is empty or stands outside, or `end`."""
    after = range(start + 1, end)
    return next((n for n in after if state.isEmpty(n) or leaves(state, n)), end)


def is_open(state: StateBlock, start: int, stop: int) -> bool:
    """Whether the marks in these lines, but for code and " || ", do not come in pairs."""
    text = "\n".join(line(state, n) for n in range(start, stop))
    return MARK in text and NO_MARK.sub("", text).count(MARK) % 2 == 1


def cut_marks(state: StateBlock, first: int, last: int) -> None:
    """Take off the mark that begins the first line and the one that ends the last."""
    if line(state, first).startswith(MARK):
        state.bMarks[first] += state.tShift[first] + len(MARK)
        state.tShift[first], state.sCount[first] = 0, state.blkIndent
    ending = line(state, last).rstrip()
    if ending.endswith(MARK):
        begin = state.bMarks[last] + state.tShift[last]
        state.eMarks[last] = begin + len(ending.removesuffix(MARK))


def hide(state: StateBlock, start: int, stop: int, title: str) -> None:
    """Read the lines from `start` until `stop` as a spoiler."""
    parent, maximum = state.parentType, state.lineMax
    state.parentType, state.lineMax = PARENT, stop
    token = open_spoiler(state, state.getLines(start, stop, 0, True))
    token.block, token.info = True, title
    token.attrJoin("class", "spoiler--whole")
    state.md.block.tokenize(state, start, stop)
    state.push("spoiler_close", "details", -1).block = True
    state.parentType, state.lineMax = parent, maximum


# --- What becomes of them


def open_spoiler(state: StateInline | StateBlock, source: str) -> Token:
    """Push the token of a spoiler that says `source`, under an id of its own.

    A page that is morphed finds elements again by their ids: one that is open stays open as long as
    it says the same, and never another one in its place. `env["scope"]` tells texts apart.
    """
    scope = state.env.get("scope", "")
    digest = blake2b(f"{scope}\n{source}".encode(), digest_size=5).hexdigest()
    seen: Counter[str] = state.env.setdefault("spoilers", Counter())
    seen[digest] += 1
    number = f"-{seen[digest]}" if seen[digest] > 1 else ""
    token = state.push("spoiler_open", "details", 1)
    token.attrs = {"class": "spoiler", "id": f"spoiler-{digest}{number}"}
    return token


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
