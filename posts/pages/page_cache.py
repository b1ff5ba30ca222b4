"""The anonymous page cache: pages that are the same for every reader without a cookie.

A list takes some 10 ms to draw, and everybody requests it. So the page that was drawn for one
reader is sent to the next, if it is still valid. For each request the database says whether it is:

- The newest change of the log is the page's cursor. The cursor was read before the posts, so
  nothing has been committed since, and the posts are the same. Or what came since are likes and
  comments of other posts (posts/pages/narrow_changes.py).
- The people and tags on it are the same. Not every change of these is in the log.

So a page is never older than what any process committed before the request. Only views that call
`same_for_everyone` are cached, and only for requests without a cookie, or with no other than the
theme's, which is part of the key, as is the language, and the token of a form that was open before.
Readers who are signed in, or have a message waiting, have another one.

A feed reader that has the newest version is told so (304) from what is kept as well.

What is kept was compressed once, where Django drew it (bookshelf/compression.py): a page for those
who take gzip, and one for those who do not.
"""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from operator import attrgetter
from time import monotonic
from typing import NamedTuple, cast

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
)
from django.conf import settings
from django.db import connections
from django.http import HttpRequest
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe

from bookshelf.log import Change, Cursor
from bookshelf.recent_changes import RecentChange, read_changes
from posts.pages.narrow_changes import touched_since
from posts.pages.page_store import PAGES, Drawn, Key, PageStore, key_of
from posts.pages.shown_rows import Shown, are_current

logger = logging.getLogger(__name__)

KEPT = re.compile(
    r"/(?:feed/|feed\.json|key/|posts/[0-9]+/(?!edit/|history/|likes/)[^/]+/"
    r"|(?:tags|readers)/[^/]+/(?:feed/)?|books/[^/]+/)?"
)
"""The paths that are cached: those of the views that call `same_for_everyone`."""

MAX_AGE = 60.0
"""Seconds after which a page is drawn again in any case."""

MARK = "bookshelf.same_for_everyone"

CONDITIONS = {b"if-none-match", b"if-modified-since"}
"""Headers by which a client says which version it has."""

OF_THE_WHOLE = {b"content-length", b"content-type", b"content-encoding", b"content-language"}
"""Headers that an answer of 304 has not got."""


def same_for_everyone(request: HttpRequest, cursor: Cursor, shown: Shown) -> None:
    """Let this page be cached: for anonymous readers it depends on the log and these rows alone.

    `cursor` is the log's, read before all that the page shows. Does nothing for a reader with a
    cookie, or without an `AnonymousPageCache` around the application.
    """
    drawn = getattr(request, "scope", {}).get(MARK)
    if drawn is not None:
        drawn.cursor = cursor
        drawn.shown = shown


def log_cursor(request: HttpRequest) -> Cursor:
    """Return where the log is. One query; none when the cache has read it for this request.

    Call it before all that the page shows.
    """
    drawn = getattr(request, "scope", {}).get(MARK)
    return (drawn and drawn.newest) or Change.objects.cursor()


class AnonymousPageCache:
    """ASGI middleware around Django that caches the pages which `same_for_everyone` allows."""

    def __init__(self, application: ASGI3Application, pages: PageStore = PAGES) -> None:
        self._application = application
        self._pages = pages
        self._drawing: dict[Key, asyncio.Event] = {}
        self._waiting: list[tuple[Drawn, asyncio.Future[Validation]]] = []
        self._validation: asyncio.Task[None] | None = None
        # A thread of its own keeps its connection; a request would open one.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="shared-pages")
        self._harmless = frozenset({settings.CSRF_COOKIE_NAME})

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        key = None
        if scope["type"] == "http" and scope["method"] == "GET" and KEPT.fullmatch(scope["path"]):
            key = key_of(scope, self._harmless)
        if key is None:
            await self._application(scope, receive, send)
            return
        page, newest = await self._kept(key)
        if page is None and key in self._drawing:
            # Another request is drawing it: after a change many come at once. The page is then
            # validated like any other, as it may be older than something that we must show.
            await self._drawing[key].wait()
            page, newest = await self._kept(key)
        assert scope["type"] == "http"
        if page is None:
            await self._draw(Drawn(newest=newest), key, scope, receive, send)
            return
        for event in not_modified(scope, page) or page.events:
            await send(event)

    async def _draw(
        self,
        drawn: Drawn,
        key: Key,
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        done = asyncio.Event()

        async def watch(event: ASGISendEvent) -> None:
            drawn.events.append(event)
            if event["type"] == "http.response.body" and not event.get("more_body"):
                if drawn.may_be_kept:
                    drawn.at = monotonic()
                    self._pages.put(key, drawn)
                done.set()
                for each in not_modified(scope, drawn) or drawn.events:
                    await send(each)

        self._drawing.setdefault(key, done)
        # The whole page is drawn, and kept, for those as well who may have it already.
        headers = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        try:
            # Django keeps the scope with the request.
            marked = cast(HTTPScope, {**scope, "headers": headers, MARK: drawn})
            await self._application(marked, receive, watch)
        finally:
            done.set()
            if self._drawing.get(key) is done:
                del self._drawing[key]

    async def _kept(self, key: Key) -> tuple[Drawn | None, Cursor | None]:
        """Return the cached page if it is still valid, and where the log is if it was looked at."""
        page, newest = self._pages.get(key), None
        if page is None:
            return None, None
        if monotonic() - page.at < MAX_AGE:
            is_valid, newest = await self._validated(page)
            if is_valid:
                return page, newest
        if self._pages.get(key) is page:
            self._pages.drop(key)
        return None, newest

    async def _validated(self, page: Drawn) -> "Validation":
        """Validate a page. Requests that come while the database answers others share one query."""
        answer: asyncio.Future[Validation] = asyncio.get_running_loop().create_future()
        self._waiting.append((page, answer))
        if self._validation is None or self._validation.done():
            self._validation = asyncio.create_task(self._validate())
        return await answer

    async def _validate(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            # Starts after all of these requests have come.
            valid, newest = await loop.run_in_executor(
                self._executor, valid_pages, [page for page, _ in waiting]
            )
            for (_, answer), is_valid in zip(waiting, valid, strict=True):
                # The client may have gone away meanwhile.
                if not answer.done():
                    answer.set_result(Validation(is_valid, newest))

    def close(self) -> None:
        """Close the connection to the database."""
        self._executor.submit(connections.close_all).result()
        self._executor.shutdown()


class Validation(NamedTuple):
    """Whether a page is still valid, and where the log is; None when the database is away."""

    is_valid: bool
    newest: Cursor | None


def valid_pages(pages: list[Drawn]) -> tuple[list[bool], Cursor | None]:
    """Return for each page whether it is still valid, and where the log is. Three queries at most.

    Runs in the cache's thread.
    """
    try:
        newest = Change.objects.cursor()
        older = [page.cursor for page in pages if page.cursor not in (None, newest)]
        oldest = min(older, key=attrgetter("seq"), default=None)
        changes = read_changes(oldest, newest) if oldest else []
        current = [page for page in pages if page.cursor == newest or is_untouched(page, changes)]
        valid = dict(zip(map(id, current), are_current(p.shown for p in current), strict=True))
        return [valid.get(id(page), False) for page in pages], newest
    except Exception as error:
        # Django then handles the request, and reports the error.
        logger.warning("kept pages not looked at error=%r", error)
        with suppress(Exception):
            connections.close_all()
        return [False] * len(pages), None


def is_untouched(page: Drawn, changes: list[RecentChange]) -> bool:
    """Return whether nothing has happened since to what the page shows."""
    touched = None if page.cursor is None else touched_since(page.cursor, changes)
    return touched is not None and page.shown.posts.isdisjoint(touched)


def not_modified(scope: HTTPScope, page: Drawn) -> list[ASGISendEvent] | None:
    """Return an answer of 304, if the client says that it has this version of a feed."""
    start = page.events[0]
    assert start["type"] == "http.response.start"
    has = {name.lower(): value.decode("latin-1") for name, value in start["headers"]}
    request = HttpRequest()
    request.method = "GET"
    for name, value in scope["headers"]:
        if name in CONDITIONS:
            variable = "HTTP_" + name.decode().upper().replace("-", "_")
            request.META[variable] = value.decode("latin-1")
    if not request.META or start["status"] != HTTPStatus.OK or b"etag" not in has:
        return None
    modified = parse_http_date_safe(has.get(b"last-modified", ""))
    if get_conditional_response(request, has[b"etag"], modified) is None:
        return None
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in OF_THE_WHOLE]
    begin: HTTPResponseStartEvent = {**start, "status": HTTPStatus.NOT_MODIFIED, "headers": kept}
    return [begin, {"type": "http.response.body", "body": b"", "more_body": False}]
