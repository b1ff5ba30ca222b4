"""Which spoiler marks of a text open, and which close: in pairs, in the order of the text.

When in doubt more is hidden, not less:

- What stands after a mark that is never closed is hidden, to the end of the text. Which mark that
  is can be seen if the marks look like it, as in `||one|| two ||three`. Else it may be any of them,
  and all is hidden from the first on.
- A mark in code or in an address is text. But if the other marks do not come in pairs, it may have
  been meant as one, and all from there on is hidden.
"""

import re
from typing import NamedTuple

from markdown_it.token import Token

MARK = "||"
RUN = re.compile(r"\|{2,}")
LATE = re.compile(r"\n[ \t]*:{3,}[ \t]*spoiler\b", re.IGNORECASE)
ADDRESS_RUN = re.compile(r"(?:\||%7C){2,}", re.IGNORECASE)


class Place(NamedTuple):
    """Where a mark stands: in which token, and for a token of inline text in which child."""

    token: int
    child: int = -1


class Marks:
    """The marks of a text, paired."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.pairs: list[tuple[Place, Place]] = []
        self.used: set[Place] = set()
        self.unclosed: list[Place] = []
        self._seen: list[tuple[Place, str]] = []
        self._opening: Place | None = None
        self._length = 0
        self._doubtful: Place | None = None
        self._doubtful_since: Place | None = None
        self._begun: list[int] = []
        self._read()

    def _read(self) -> None:
        for number, token in enumerate(self.tokens):
            if token.type == "inline":
                if not self._read_inline(number, token):
                    break
            elif token.type == "fence":
                self._read_fence(Place(number), token)
            elif token.type == "spoiler_begin":
                self._begun.append(number)
            elif token.type == "spoiler_end" and self._begun:
                self.pairs.append((Place(self._begun.pop()), Place(number)))
        self._finish()

    def _read_inline(self, number: int, token: Token) -> bool:
        """Read the marks in inline text. False if no mark after it can be told from text."""
        if LATE.search(token.content):
            self.unclosed.append(Place(number, 0))
        children = token.children or []
        for index, child in enumerate(children):
            place = Place(number, index)
            if child.type == "spoiler_mark":
                if place not in self.used:
                    self._mark(place, len(child.content), str(child.meta.get("looks")))
            elif child.type == "code_inline":
                self._doubt(place, bool(RUN.search(child.content)))
            elif child.type == "link_open" and (marks := marks_in_address(child)):
                if not child.meta.get("bare"):
                    self._read_link(place, children, marks)
                elif self._opening is None:
                    self._read_bare_link(place, children, marks)
                else:
                    # It closes the spoiler, or it is part of the address: all may be meant.
                    self._doubt(place, True)
                    return False
        return True

    def _mark(self, place: Place, length: int, looks: str = "") -> None:
        if self._opening is None and looks == "close" and self._doubtful_since is not None:
            # So the one in code or in an address was meant to open.
            self.pairs.append((self._doubtful_since, place))
            self.used.add(place)
            self._doubtful_since = None
            return
        self._seen.append((place, looks))
        if self._opening is None:
            self._opening, self._length = place, length if length > 3 else 2
        elif length >= self._length:
            self.pairs.append((self._opening, place))
            self.used |= {self._opening, place}
            self._opening = self._doubtful_since = None
            if length > max(3, self._length + 1):
                # Of `||a||||b||` the four in the middle close one and open another.
                self._opening, self._length = place, 2

    def _doubt(self, place: Place, whether: bool) -> None:
        if whether:
            self._doubtful = self._doubtful or place
            self._doubtful_since = self._doubtful_since or place

    def _read_link(self, place: Place, children: list[Token], marks: int) -> None:
        if self._opening is None and marks > 1:
            end = place.child + 1
            # No link stands in a link.
            while children[end].type != "link_close":
                end += 1
            title = end + 1 < len(children) and children[end + 1].meta.get("link_title")
            self.pairs.append((place, Place(place.token, end + bool(title))))
        self._doubt(place, True)

    def _read_bare_link(self, place: Place, children: list[Token], marks: int) -> None:
        # It is an opening token, the address and a closing token.
        after = Place(place.token, place.child + 3)
        if after.child < len(children) and children[after.child].type == "spoiler_mark":
            self.used.add(after)
            self.pairs.append((place, after))
        elif marks > 1:
            self.pairs.append((place, Place(place.token, place.child + 2)))
        self._doubt(place, True)

    def _read_fence(self, place: Place, token: Token) -> None:
        if token.meta.get("closed"):
            self._doubt(place, bool(RUN.search(token.content)))
            return
        # It runs to the end of what it stands in: perhaps it was not meant to begin.
        if LATE.search(f"\n{token.content}"):
            self.unclosed.append(place)
        for run in RUN.finditer(token.content):
            self._mark(place, len(run[0]))

    def _finish(self) -> None:
        self.unclosed += [Place(number) for number in self._begun]
        if self._opening is None:
            return
        if self._doubtful is not None:
            self.unclosed.append(self._doubtful)
        if len(self._seen) > 1 or self._says_more(self._opening):
            self.unclosed.append(self._opening if self._is_last() else self._seen[0][0])
            self.used.add(self._opening)

    def _is_last(self) -> bool:
        """Whether the marks look as if all but the last were pairs."""
        looks = [each for _, each in self._seen]
        return set(looks[::2]) == {"open"} and set(looks[1::2]) <= {"close"}

    def _says_more(self, place: Place) -> bool:
        """Whether anything stands after this place."""
        if place.child < 0:
            return True
        rest = (self.tokens[place.token].children or [])[place.child + 1 :]
        return place.token < self.last_said or any(says_something(each) for each in rest)

    @property
    def last_said(self) -> int:
        """The last token that says something."""
        numbers = range(len(self.tokens) - 1, -1, -1)
        return next((n for n in numbers if says_something(self.tokens[n])), -1)


def marks_in_address(link: Token) -> int:
    """Return how many marks there are in the address, and in the title, of a link."""
    return len(ADDRESS_RUN.findall(str(link.attrGet("href") or ""))) + int(
        link.meta.get("marks", 0)
    )


def says_something(token: Token) -> bool:
    """Whether a token has words in it, or is a rule."""
    return bool(token.content.strip()) or token.type == "hr"


def may_hide(token: Token) -> bool:
    """Whether there is something that looks like a mark in a token."""
    return (
        MARK in token.content
        or token.type == "spoiler_begin"
        or (token.type == "inline" and bool(LATE.search(token.content)))
        or any(marks_in_address(child) for child in token.children or () if child.nesting > 0)
    )
