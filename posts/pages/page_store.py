"""Pages that are the same for every reader without a cookie, in this process's memory."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from asgiref.typing import ASGISendEvent, HTTPScope

from accounts.themes import COOKIE, theme_of
from bookshelf.bounded_store import BoundedStore
from bookshelf.compression import takes_gzip
from bookshelf.locales import language_of
from bookshelf.log import Cursor
from posts.pages.shown_rows import Shown

OWN = {b"authorization", b"hx-boosted", b"if-match", b"if-unmodified-since", b"range"}
"""Headers of requests whose answer is for them alone. Cookies are looked at one by one."""

KEYED = {b"cookie", b"accept-encoding", b"accept-language"}
"""Headers of which what they come to is part of the key."""

QUERY = re.compile(rb"(?:before=[0-9]{1,18})?")
"""The query strings of pages that are kept: with any other one there could be as many as one likes.
"""

MOST_BYTES = 32 * 1024 * 1024
"""Of a process, for all pages."""

MOST_BYTES_OF_A_PAGE = 1024 * 1024

AN_ENTRY = 2_000
"""Bytes that an entry takes beside the page's, about."""

Key = tuple[Any, ...]


@dataclass(slots=True)
class Drawn:
    """A page, and what it was drawn from."""

    cursor: Cursor | None = None
    shown: Shown = field(default_factory=Shown)
    events: list[ASGISendEvent] = field(default_factory=list)
    at: float = 0.0
    newest: Cursor | None = None
    """Where the log was after the request for it had come, when that has been read."""

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        rows = sum(map(len, self.shown))
        return AN_ENTRY + 500 * rows + sum(map(len, self.bodies))

    @property
    def bodies(self) -> list[bytes]:
        """The parts of its text."""
        return [each["body"] for each in self.events if each["type"] == "http.response.body"]

    @property
    def may_be_kept(self) -> bool:
        """Whether it may be sent to others who request the same page."""
        start = self.events[0]
        if self.cursor is None or start["type"] != "http.response.start":
            return False
        for name, value in start["headers"]:
            if name.lower() in (b"set-cookie", b"hx-redirect"):
                return False
            # All requests without these get the same of a page that varies with them; the others
            # are part of the key.
            if name.lower() == b"vary" and not names_in(value) <= OWN | KEYED:
                return False
        return start["status"] == HTTPStatus.OK and self.size <= MOST_BYTES_OF_A_PAGE


PageStore = BoundedStore[Key, Drawn]

PAGES: PageStore = BoundedStore(MOST_BYTES, attrgetter("size")).shown_as(
    "kept_pages", "Pages for anonymous readers that are kept"
)
"""Those of this process."""


def key_of(scope: HTTPScope, others: frozenset[str]) -> Key | None:
    """Return the key of a request; None when what it is answered is for it alone.

    `others` are the names of cookies that change nothing on such a page.
    """
    if not QUERY.fullmatch(scope["query_string"]):
        return None
    hosts, theme, accepted, htmx = [], "", [], {}
    for name, value in scope["headers"]:
        if name in OWN:
            return None
        if name.startswith(b"hx-request"):
            htmx[name] = value
        if name == b"cookie":
            found = theme_among(value, others)
            if found is None:
                return None
            theme = found or theme
        if name == b"accept-language":
            accepted.append(value.decode("latin-1"))
        if name in (b"host", b"x-forwarded-proto"):
            hosts.append((name, value))
    if htmx and htmx.get(b"hx-request-type") != b"full":
        # It asks for a fragment, and is sent on to the page (bookshelf/fragments.py).
        return None
    return (
        *hosts,
        takes_gzip(scope["headers"]),
        theme,
        language_of(",".join(accepted)),
        scope.get("scheme"),
        scope.get("root_path"),
        scope["path"],
        scope.get("query_string"),
    )


def theme_among(cookies: bytes, others: frozenset[str]) -> str | None:
    """Return the theme that a Cookie header names, or ""; None when it says anything else.

    But for the cookies that are called as one of `others`.
    """
    theme = ""
    for each in cookies.decode("latin-1").split(";"):
        name, _, value = each.strip().partition("=")
        if name == COOKIE and (found := theme_of(value)):
            theme = found
        elif name and name not in others:
            return None
    return theme


def names_in(header: bytes) -> set[bytes]:
    return {name.strip().lower() for name in header.split(b",")}
