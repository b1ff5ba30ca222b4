"""The contents of pages. Readers whose pages show the same share one sheet, and its next one."""

import hashlib
import re
from copy import deepcopy
from functools import cached_property
from typing import NamedTuple, Self
from weakref import WeakValueDictionary

from lxml import html

from updater.tests.page import Page

TOKEN = re.compile(r"\b(f\d+w\d+n\d+) v(\d+)\b")
"""The signature in a text: its writer and number and, after an edit, its version."""


class Position(NamedTuple):
    """A page's cursor, in parts."""

    word: str
    seq: int


class Sheet:
    """A page at one moment. Never changes: `after` gives the next one, worked out only once.

    Two hundred readers that get the same frame cost one application of it.
    """

    _known: "WeakValueDictionary[tuple[str, str], Sheet]" = WeakValueDictionary()

    def __init__(self, page: Page) -> None:
        self._page = page
        self._next: dict[str, Sheet] = {}
        self.cursor: str = page.cursor
        word, _, seq = page.cursor.partition(".")
        self.position = Position(word, int(seq))

    @classmethod
    def of(cls, text: str) -> Self:
        """The sheet that is this HTML page. Raises IndexError for a page that is not live."""
        return cls._same(Page(text))

    @classmethod
    def _same(cls, page: Page) -> Self:
        whole = html.tostring(page.tree, encoding="unicode")
        key = (hashlib.blake2b(whole.encode()).hexdigest(), page.cursor)
        sheet = cls._known.get(key)
        if sheet is None:
            sheet = cls._known[key] = cls(page)
        return sheet

    def after(self, frame: str) -> "Sheet":
        """The page once it has taken this frame."""
        if frame not in self._next:
            page = deepcopy(self._page)
            page.apply(frame)
            self._next[frame] = self._same(page)
        return self._next[frame]

    @property
    def topics(self) -> list[str]:
        return sorted(self._page.topics)

    @property
    def status(self) -> str:
        return self._page.status

    @cached_property
    def posts(self) -> dict[str, str]:
        """The articles shown: id and HTML, in order. `repeated` tells of what stands here twice."""
        return dict(self._page.posts)

    @cached_property
    def end(self) -> float:
        """A number below that of every post that is in this page's window."""
        ends = self._page.tree.xpath("//*[@class='list-end']/@data-id")
        return float(ends[0]) if ends else 0.0

    @cached_property
    def tokens(self) -> dict[str, int]:
        """Return what it shows of the writers' texts, with versions."""
        return {token: int(version) for token, version in self._signed}

    @cached_property
    def repeated(self) -> set[str]:
        """Return the ids and signatures that it shows more than once."""
        ids = self._page.tree.xpath("//@id")
        words = [token for token, _ in self._signed]
        return {each for several in (ids, words) for each in twice(several)}

    @cached_property
    def _signed(self) -> list[tuple[str, str]]:
        titles = self._page.tree.xpath("//article//*[contains(@id, '-title')]")
        comments = self._page.tree.xpath("//ol[@id='comments']//*[contains(@class, 'said')]")
        return [
            found for each in (*titles, *comments) for found in TOKEN.findall(each.text_content())
        ]

    @cached_property
    def room(self) -> list[str]:
        """Return what a post's own page shows of it, and its counts."""
        return [*self.posts.values(), *self._page.counts]

    @cached_property
    def comments(self) -> list[str]:
        return self._page.comments


def number_of(element_id: str) -> int:
    """`post-12` is 12."""
    return int(element_id.rpartition("-")[2])


def twice(several: list[str]) -> set[str]:
    seen: set[str] = set()
    return {each for each in several if each in seen or seen.add(each)}
