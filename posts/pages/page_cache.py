"""The anonymous page cache: pages that are the same for every reader without a cookie.

A list takes some 20 ms to draw, and everybody requests it. So the page that was drawn for one
reader is sent to the next, if it is still valid. For each request the database says whether it is:

- The newest change of the log is the page's cursor. The cursor was read before the posts, so
  nothing has been committed since, and the posts are the same.
- The names of its authors and tags are the same. Not every change of a name is in the log.

So a page is never older than what any process committed before the request. Only views that call
`same_for_everyone` are cached, and only for requests without a cookie, or with no other than the
theme's, which is part of the key, as is the language. Readers who are signed in, or have a message
waiting, have one.

What is kept was compressed once, where Django drew it (bookshelf/compression.py): a page for those
who take gzip, and one for those who do not.
"""

import asyncio
import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Any, cast

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from django.db import connections
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User
from accounts.themes import COOKIE, theme_of
from bookshelf.compression import takes_gzip
from bookshelf.locales import language_of
from bookshelf.log import Change, Cursor
from posts.models import Post, Tag

logger = logging.getLogger(__name__)

KEPT = {"/"}
"""The paths that are cached: those of the views that call `same_for_everyone`."""

OWN = {b"cookie", b"authorization", b"hx-boosted"}
"""Headers of requests whose page is for them alone."""

KEYED = {b"accept-encoding", b"accept-language"}
"""Headers of which what they come to is part of the key."""

MOST_PAGES = 200
MOST_BYTES = 256 * 1024
MAX_AGE = 60.0
"""Seconds after which a page is drawn again in any case."""

MARK = "bookshelf.same_for_everyone"

Names = frozenset[tuple[int, str, str]]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Drawn:
    """A page, and what it was drawn from."""

    cursor: Cursor | None = None
    authors: Names = frozenset()
    tags: Names = frozenset()
    events: list[ASGISendEvent] = field(default_factory=list)
    at: float = 0.0


def same_for_everyone(request: HttpRequest, cursor: Cursor, posts: list[Post]) -> None:
    """Let this page be cached: for anonymous readers it depends on these posts alone.

    `cursor` is the log's, read before the posts. Does nothing for a reader with a cookie, or
    without an `AnonymousPageCache` around the application.
    """
    drawn = getattr(request, "scope", {}).get(MARK)
    if drawn is not None:
        authors = {post.author for post in posts}
        tags = {tag for post in posts for tag in post.tags.all()}
        drawn.cursor = cursor
        drawn.authors = frozenset((each.pk, each.username, each.name) for each in authors)
        drawn.tags = frozenset((tag.pk, tag.slug, tag.name) for tag in tags)


class AnonymousPageCache:
    """ASGI middleware around Django that caches the pages which `same_for_everyone` allows."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application
        self._pages: OrderedDict[Key, Drawn] = OrderedDict()
        self._drawing: dict[Key, asyncio.Event] = {}
        self._waiting: list[tuple[Drawn, asyncio.Future[bool]]] = []
        self._validation: asyncio.Task[None] | None = None
        # A thread of its own keeps its connection; a request would open one.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="shared-pages")

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "http" or (key := key_of(scope)) is None:
            await self._application(scope, receive, send)
            return
        page = await self._kept(key)
        if page is None and key in self._drawing:
            # Another request is drawing it: after a change many come at once. The page is then
            # validated like any other, as it may be older than something that we must show.
            await self._drawing[key].wait()
            page = await self._kept(key)
        if page is None:
            await self._draw(key, scope, receive, send)
            return
        for event in page.events:
            await send(event)

    async def _draw(
        self, key: Key, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        drawn, done = Drawn(), asyncio.Event()

        async def watch(event: ASGISendEvent) -> None:
            drawn.events.append(event)
            if event["type"] == "http.response.body" and not event.get("more_body"):
                self._keep(key, drawn)
                done.set()
            await send(event)

        self._drawing.setdefault(key, done)
        try:
            # Django keeps the scope with the request.
            marked = cast(HTTPScope, {**scope, MARK: drawn})
            await self._application(marked, receive, watch)
        finally:
            done.set()
            if self._drawing.get(key) is done:
                del self._drawing[key]

    def _keep(self, key: Key, drawn: Drawn) -> None:
        if drawn.cursor is None or not may_be_kept(drawn.events):
            return
        drawn.at = monotonic()
        self._pages[key] = drawn
        self._pages.move_to_end(key)
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)

    async def _kept(self, key: Key) -> Drawn | None:
        """Return the cached page if it is still valid."""
        page = self._pages.get(key)
        if page is None:
            return None
        if monotonic() - page.at < MAX_AGE and await self._is_valid(page):
            return page
        if self._pages.get(key) is page:
            del self._pages[key]
        return None

    async def _is_valid(self, page: Drawn) -> bool:
        """Validate a page. Requests that come while the database answers others share one query."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((page, answer))
        if self._validation is None or self._validation.done():
            self._validation = asyncio.create_task(self._validate())
        return await answer

    async def _validate(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            # Starts after all of these requests have come.
            valid = await loop.run_in_executor(
                self._executor, valid_pages, [page for page, _ in waiting]
            )
            for (_, answer), is_valid in zip(waiting, valid, strict=True):
                # The client may have gone away meanwhile.
                if not answer.done():
                    answer.set_result(is_valid)

    def close(self) -> None:
        """Close the connection to the database."""
        self._executor.submit(connections.close_all).result()
        self._executor.shutdown()


def key_of(scope: HTTPScope) -> Key | None:
    """Return the cache key of a request; None when its page must not be cached."""
    if scope["method"] != "GET" or scope["path"] not in KEPT:
        return None
    hosts, theme, accepted = [], "", []
    for name, value in scope["headers"]:
        if name == b"cookie":
            theme = theme_alone(value)
        if name in OWN and not (name == b"cookie" and theme):
            return None
        if name == b"accept-language":
            accepted.append(value.decode("latin-1"))
        if name in (b"host", b"x-forwarded-proto"):
            hosts.append((name, value))
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


def theme_alone(cookies: bytes) -> str:
    """Return the theme that a Cookie header names; empty when it says anything else, or more."""
    name, _, value = cookies.decode("latin-1").partition("=")
    return theme_of(value) if name == COOKIE else ""


def may_be_kept(events: list[ASGISendEvent]) -> bool:
    """Return whether a response may be sent to others who request the same page."""
    start = events[0]
    if start["type"] != "http.response.start" or start["status"] != HTTPStatus.OK:
        return False
    for name, value in start["headers"]:
        if name.lower() == b"set-cookie":
            return False
        # All requests without these get the same of a page that varies with them; the others are
        # part of the key.
        if name.lower() == b"vary" and not names_in(value) <= OWN | KEYED:
            return False
    bodies = [e.get("body", b"") for e in events if e["type"] == "http.response.body"]
    return sum(map(len, bodies)) <= MOST_BYTES


def names_in(header: bytes) -> set[bytes]:
    return {name.strip().lower() for name in header.split(b",")}


def valid_pages(pages: list[Drawn]) -> list[bool]:
    """Return for each page whether it is still valid. Three queries; runs in the cache's thread."""
    try:
        newest = Change.objects.cursor()
        current = [page for page in pages if page.cursor == newest]
        authors = _current_names(User, "username", *(page.authors for page in current))
        tags = _current_names(Tag, "slug", *(page.tags for page in current))
        return [
            page.cursor == newest and page.authors <= authors and page.tags <= tags
            for page in pages
        ]
    except Exception as error:
        # Django then handles the request, and reports the error.
        logger.warning("kept pages not looked at error=%r", error)
        with suppress(Exception):
            connections.close_all()
        return [False] * len(pages)


def _current_names(model: type[Model], second: str, *names: Names) -> Names:
    """Return the present names of the rows that these names are of."""
    ids = {name[0] for name in frozenset().union(*names)}
    return frozenset(model._default_manager.filter(pk__in=ids).values_list("pk", second, "name"))
