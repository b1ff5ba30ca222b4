"""Pages that every anonymous reader gets the same, kept while they are what would be drawn anew.

A list takes some 20 ms to draw and is asked for by everybody, so what was drawn for one is given
to the next, after a look whether it still holds. A page holds while two things are as they were
when it was drawn, and that is asked of the database after each request has come:

- the log's newest change. A page's cursor is read before its posts. If it is still the newest one,
  nothing was committed between that reading and now, and the posts are what they were;
- the names of the authors and tags on it, of which not every change is in the log.

So a page is never older than what was committed before it was asked for, by whichever process. Only
views that say so (`same_for_everyone`) are kept, and only for requests without a cookie: who is
signed in, or was told something by a message, is not among them.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.db import connections
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User
from posts.log import Change, Cursor
from posts.models import Post, Tag

logger = logging.getLogger(__name__)

KEPT = {"/"}
"""The paths at which pages are kept: those of the views that call `same_for_everyone`."""

MOST_PAGES = 200
MOST_BYTES = 256 * 1024
DRAWN_ANEW_AFTER = 60.0
"""Seconds after which a page is drawn anew in any case."""

MARK = "bookshelf.same_for_everyone"

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Event, Receive, Send], Awaitable[None]]
Names = frozenset[tuple[int, str, str]]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Drawn:
    """What a page was drawn from and, once it has been sent, the page."""

    cursor: Cursor | None = None
    authors: Names = frozenset()
    tags: Names = frozenset()
    events: list[Event] = field(default_factory=list)
    at: float = 0.0


def same_for_everyone(request: HttpRequest, cursor: Cursor, posts: list[Post]) -> None:
    """Say that an anonymous reader's page follows from the log up to `cursor` and these posts.

    `cursor` was read before the posts. Nothing happens for who has a cookie, or where nobody keeps
    pages (`SharedPages`).
    """
    drawn = getattr(request, "scope", {}).get(MARK)
    if drawn is not None:
        authors = {post.author for post in posts}
        tags = {tag for post in posts for tag in post.tags.all()}
        drawn.cursor = cursor
        drawn.authors = frozenset((each.pk, each.username, each.name) for each in authors)
        drawn.tags = frozenset((tag.pk, tag.slug, tag.name) for tag in tags)


class SharedPages:
    """An ASGI application around Django's, which keeps what it says is the same for everyone."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._pages: OrderedDict[Key, Drawn] = OrderedDict()
        self._drawing: dict[Key, asyncio.Event] = {}
        self._asking: list[tuple[Drawn, asyncio.Future[bool]]] = []
        self._answering: asyncio.Task | None = None
        # A thread of its own keeps its connection; a request would open one.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="shared-pages")

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        key = key_of(scope)
        if key is None:
            await self._application(scope, receive, send)
            return
        page = await self._kept(key)
        if page is None and key in self._drawing:
            # Somebody is drawing it: after a change everybody asks at once. Once it is there it is
            # looked at like any other, for it may be from before something that we must see.
            await self._drawing[key].wait()
            page = await self._kept(key)
        if page is None:
            await self._draw(key, scope, receive, send)
            return
        for event in page.events:
            await send(event)

    async def _draw(self, key: Key, scope: Event, receive: Receive, send: Send) -> None:
        drawn, done = Drawn(), asyncio.Event()

        async def watch(event: Event) -> None:
            drawn.events.append(event)
            if event["type"] == "http.response.body" and not event.get("more_body"):
                self._keep(key, drawn)
                done.set()
            await send(event)

        self._drawing.setdefault(key, done)
        try:
            await self._application({**scope, MARK: drawn}, receive, watch)
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
        """Return the page if there is one and it still holds."""
        page = self._pages.get(key)
        if page is None:
            return None
        if monotonic() - page.at < DRAWN_ANEW_AFTER and await self._holds(page):
            return page
        if self._pages.get(key) is page:
            del self._pages[key]
        return None

    async def _holds(self, page: Drawn) -> bool:
        """Ask the database, together with all who ask while the answer to others is on its way."""
        answer = asyncio.get_running_loop().create_future()
        self._asking.append((page, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        loop = asyncio.get_running_loop()
        while self._asking:
            asking, self._asking = self._asking, []
            # Begun after all of these have asked.
            hold = await loop.run_in_executor(self._executor, holding, [page for page, _ in asking])
            for (_, answer), holds in zip(asking, hold, strict=True):
                # Who asked may have gone away meanwhile.
                if not answer.done():
                    answer.set_result(holds)

    def close(self) -> None:
        """Close the connection to the database."""
        self._executor.submit(connections.close_all).result()
        self._executor.shutdown()


def key_of(scope: Event) -> Key | None:
    """Return what decides which page is asked for, or None when that is not for anybody's eyes."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in KEPT:
        return None
    hosts = []
    for name, value in scope["headers"]:
        if name in (b"cookie", b"authorization"):
            return None
        if name in (b"host", b"x-forwarded-proto"):
            hosts.append((name, value))
    return (
        *hosts,
        scope.get("scheme"),
        scope.get("root_path"),
        scope["path"],
        scope.get("query_string"),
    )


def may_be_kept(events: list[Event]) -> bool:
    """Whether an answer is a page that can be given to another one who asks for the same."""
    start = events[0]
    if start["type"] != "http.response.start" or start["status"] != 200:
        return False
    for name, value in start["headers"]:
        if name.lower() == b"set-cookie":
            return False
        # Who has no cookies is all alike to a page that varies with them.
        if name.lower() == b"vary" and value.strip().lower() != b"cookie":
            return False
    return sum(len(event.get("body", b"")) for event in events) <= MOST_BYTES


def holding(pages: list[Drawn]) -> list[bool]:
    """Say of each page whether it still holds. Three queries; runs in the thread for it."""
    try:
        newest = Change.objects.cursor()
        current = [page for page in pages if page.cursor == newest]
        authors = _there(User, "username", *(page.authors for page in current))
        tags = _there(Tag, "slug", *(page.tags for page in current))
        return [
            page.cursor == newest and page.authors <= authors and page.tags <= tags
            for page in pages
        ]
    except Exception as error:
        # Django answers instead, and says what is wrong.
        logger.warning("kept pages not looked at error=%r", error)
        with suppress(Exception):
            connections.close_all()
        return [False] * len(pages)


def _there(model: type[Model], second: str, *names: Names) -> Names:
    """Return what of these names there is now, as the database has it."""
    ids = {name[0] for name in frozenset().union(*names)}
    return frozenset(model.objects.filter(pk__in=ids).values_list("pk", second, "name"))
