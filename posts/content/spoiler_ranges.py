"""What the spoilers of a text hide, once its marks have been paired.

Two marks in one line of thought hide what stands between them. Two in different blocks hide the
whole blocks from the one to the other, also what stands beside the marks; of a list, all of it.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from markdown_it.token import Token
from markdown_it.utils import EnvType

from posts.content.spoiler_marks import Marks, Place, may_hide

LISTS = {"bullet_list_open", "ordered_list_open"}
BREAKS = {"softbreak", "hardbreak"}
MOST_NESTED = 4
"""How many spoilers may stand within each other, each with a button of its own."""


class Range(NamedTuple):
    """A run of neighbours that is hidden: the first and the last."""

    start: int
    end: int
    titled_by: int | None = None
    """The "spoiler_begin" that it has its title from."""


def hide_spoilers(tokens: list[Token], env: EnvType) -> tuple[list[Token], bool]:
    """Return tokens with those of spoilers among them, and whether one of these is never closed."""
    if not any(map(may_hide, tokens)):
        return tokens, False
    marks = Marks(tokens)
    blocks = Tree(tokens)
    trees: dict[int, Tree] = {}
    inline: dict[int, list[Range]] = {}

    def tree_of(number: int) -> Tree:
        if number not in trees:
            trees[number] = Tree(tokens[number].children or [])
        return trees[number]

    whole: list[Range] = []
    for first, last in marks.pairs:
        if first.token == last.token and first.child >= 0:
            found = tree_of(first.token).between(first.child, last.child)
            inline.setdefault(first.token, []).append(found)
        else:
            whole.append(blocks.between(first.token, last.token))
    if marks.unclosed:
        first = min(marks.unclosed)
        if first.child >= 0 and first.token == marks.last_said:
            tail = tree_of(first.token).from_here_on(first.child)
            inline.setdefault(first.token, []).append(tail)
        else:
            whole.append(blocks.from_here_on(first.token))
    for number, token in enumerate(tokens):
        if token.type == "inline":
            hide_inline(token, number, merged(inline.get(number, []), 1), marks.used, env)
    return list(hide_blocks(tokens, merged(whole, MOST_NESTED), env)), bool(marks.unclosed)


class Tree:
    """What stands in what."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.parent: list[int] = []
        self.depth: list[int] = []
        self.end: dict[int, int] = {}
        opened = [-1]
        for number, token in enumerate(tokens):
            if token.nesting < 0:
                self.end[opened.pop()] = number
            self.parent.append(opened[-1])
            self.depth.append(len(opened))
            if token.nesting > 0:
                opened.append(number)

    def between(self, first: int, last: int) -> Range:
        """Return the smallest run of neighbours that both tokens stand in.

        None of its tokens is closed outside of it. All such runs of the pairs in a text, which do
        not overlap, take steps for each token once.
        """
        one, other = self._block(first), self._block(last)
        while self.parent[one] != self.parent[other]:
            deeper = self.depth[one] - self.depth[other]
            one = self.parent[one] if deeper >= 0 else one
            other = self.parent[other] if deeper <= 0 else other
        # Only items may stand in a list.
        while self.parent[one] >= 0 and self.tokens[self.parent[one]].type in LISTS:
            one = other = self.parent[one]
        return Range(one, self.end.get(other, other), self._title(first))

    def from_here_on(self, first: int) -> Range:
        """Return the run from the outermost block around a token to the end of the text."""
        one = self._block(first)
        while self.parent[one] >= 0:
            one = self.parent[one]
        return Range(one, len(self.tokens) - 1, self._title(first))

    def _block(self, number: int) -> int:
        """The token itself, or that which opens what it closes, or the block that it is text of."""
        token = self.tokens[number]
        return self.parent[number] if token.type == "inline" else number

    def _title(self, number: int) -> int | None:
        return number if self.tokens[number].type == "spoiler_begin" else None


def merged(ranges: list[Range], most: int) -> list[Range]:
    """Return ranges of which any two are apart or one within the other, at most `most` deep."""
    done: list[Range] = []
    around: list[Range] = []
    for each in sorted(ranges, key=lambda each: (each.start, -each.end)):
        while around and around[-1].end < each.start:
            done.append(around.pop())
        while around and around[-1].end < each.end:
            each = around.pop()._replace(end=each.end)
        if len(around) < most and not (around and around[-1][:2] == each[:2]):
            around.append(each)
    return sorted(done + around, key=lambda each: (each.start, -each.end))


# --- Putting them in


def hide_inline(
    token: Token, number: int, ranges: list[Range], used: set[Place], env: EnvType
) -> None:
    """Put the spoilers of one inline text in; its marks go, or become text."""
    children: list[Token] = []
    starts, ends = {each.start: each for each in ranges}, {each.end for each in ranges}
    all_of_it = token.children or []
    for index, child in enumerate(all_of_it):
        if index in starts:
            hidden = all_of_it[index : starts[index].end + 1]
            children.append(spoiler_token(env, source_of(hidden)))
        if child.type == "spoiler_mark" and Place(number, index) not in used:
            child.type = "text"
        if child.type != "spoiler_mark":
            children.append(child)
        if index in ends:
            children.append(Token("spoiler_close", "details", -1))
    while children and children[0].type in BREAKS:
        del children[0]
    while children and children[-1].type in BREAKS:
        del children[-1]
    token.children = children


def hide_blocks(tokens: list[Token], ranges: list[Range], env: EnvType) -> Iterator[Token]:
    """Yield the tokens with those of the spoilers that hide whole blocks."""
    starts: dict[int, list[Range]] = {}
    for each in ranges:
        starts.setdefault(each.start, []).append(each)
    ends = Counter(each.end for each in ranges)
    titles = {each.titled_by for each in ranges}
    for number, token in enumerate(tokens):
        for each in starts.get(number, ()):
            opening = spoiler_token(env, source_of(tokens[number : each.end + 1]))
            opening.block = True
            opening.attrJoin("class", "spoiler--whole")
            if each.titled_by is not None:
                opening.info = tokens[each.titled_by].content
            yield opening
        if token.type == "spoiler_begin":
            if token.content and number not in titles:
                yield from paragraph_of(token.content)
        elif token.type != "spoiler_end" and not is_left_empty(tokens, number):
            yield token
        for _ in range(ends[number]):
            yield Token("spoiler_close", "details", -1, block=True)


def is_left_empty(tokens: list[Token], number: int) -> bool:
    """Whether a token belongs to a block of inline text of which nothing is left but its marks."""
    at = number + tokens[number].nesting
    return (
        0 <= at < len(tokens)
        and tokens[at].type == "inline"
        and bool(tokens[at].content)
        and not tokens[at].children
    )


def paragraph_of(text: str) -> list[Token]:
    """Return the tokens of a paragraph of plain text."""
    said = Token("text", "", 0, content=text)
    return [
        Token("paragraph_open", "p", 1, block=True),
        Token("inline", "", 0, content=text, children=[said], block=True),
        Token("paragraph_close", "p", -1, block=True),
    ]


def source_of(tokens: list[Token]) -> str:
    """Return what the tokens say, and how: the same for the same."""
    return "\n".join(f"{each.type} {each.content}" for each in tokens)


def spoiler_token(env: EnvType, source: str) -> Token:
    """Return the token of a spoiler that says `source`.

    A page that is morphed finds elements again by their ids: one that is open stays open as long as
    it says the same, and never another one in its place. `env["scope"]` tells texts apart.
    """
    digest = blake2b(f"{env.get('scope', '')}\n{source}".encode(), digest_size=5).hexdigest()
    seen: Counter[str] = env.setdefault("spoilers", Counter())
    seen[digest] += 1
    number = f"-{seen[digest]}" if seen[digest] > 1 else ""
    attributes: dict[str, str | int | float] = {
        "class": "spoiler",
        "id": f"spoiler-{digest}{number}",
    }
    return Token("spoiler_open", "details", 1, attrs=attributes)
