"""A budget for reading Markdown: what reading a text may cost grows linearly with its length.

Some texts make a parser of CommonMark look at the same lines again and again: its time then grows
with the square of the text, or by a factor with each level of nesting. So the steps are counted,
and a text that takes far more of them than texts do is not read as Markdown (`TooMuchWork`). It is
a count and not a time: a text is read the same way on every machine.

`env["steps"]` holds how many steps are left.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

STEPS_FOR_ANY, STEPS_FOR_EACH = 2_000, 1.25
"""How many steps any text may take, and how many more for each of its characters."""

DEEPEST = 18
"""Levels of nested blocks; markdown-it leaves out what stands on the twentieth. What is nested
deeper stands there as one paragraph."""

BLOCK, INTERRUPTION = 5, 2
"""Steps for finding which block begins in a line, and whether one ends the block before. So
weighted, a step takes about 5 µs."""


class TooMuchWork(Exception):
    """The text takes too many steps."""


def budget_for(text: str) -> int:
    """Return how many steps reading this text may take."""
    return int(STEPS_FOR_ANY + STEPS_FOR_EACH * len(text))


def budget(md: MarkdownIt) -> None:
    """Have `md` count its steps: `md.use(budget)`, after all that adds rules.

    Each chain of rules begins with one that counts and never matches.
    """
    chains = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("table", "count_line", count_line, {"alt": chains})
    md.inline.ruler.before("text", "count_step", count_step)


def count_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Count a line that is looked at, as the first of the rules for blocks."""
    spend(state, INTERRUPTION if silent else BLOCK)
    if silent or state.level < DEEPEST:
        return False
    last = start + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        last += 1
    spend(state, last - start)
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, last, state.blkIndent, False).strip()
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = last
    return True


def count_step(state: StateInline, silent: bool) -> bool:
    """Count a place in a line, as the first of the rules for what stands in lines."""
    spend(state, 1)
    return False


def spend(state: StateBlock | StateInline, steps: int) -> None:
    left = state.env["steps"] = state.env["steps"] - steps
    if left < 0:
        raise TooMuchWork
