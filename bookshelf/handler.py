"""Django's ASGI handler: each request on a thread of its own, and few of them at work at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bookshelf.counters import COUNTERS
from bookshelf.doorbell import SERVING_LOOP
from bookshelf.foreign import SAFE_METHODS

AT_ONCE = 2
"""The concurrency limit of a process: while one request waits for the database, another runs.

More threads only contend for the interpreter's lock (GIL): with eight, a page takes a fifth to a
third more CPU (docs/bench.md). The limit is a soft one: see SLOT_TIMEOUT and WAIT_TIMEOUT.
"""

SLOT_TIMEOUT = 0.1
"""Seconds after which a request that is still at work gives up its slot: it may be waiting for a
database that is away, or for somebody else's server. A page takes a tenth of it."""

WAIT_TIMEOUT = 0.25
"""Seconds that a request waits for a slot. Then it begins without one."""


class OneThreadHandler(ASGIHandler):
    """Runs the middleware, the view and the error page of a request on that request's own thread.

    Django's handler draws error pages on any thread of the event loop's executor. A database
    connection that is opened there is never given back to the pool, since Django closes, at the end
    of a request, those of the request's thread alone: 20 error pages that ask the database, on 20
    threads, and no request gets a connection any more. All our middleware and views are synchronous
    as well, so here nothing changes threads on the way.
    """

    def __init__(self) -> None:
        # Past ASGIHandler's own, which would prepare the middleware for async views.
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._limit: ConcurrencyLimit | None = None

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the synchronous chain of middleware and view."""
        loop = asyncio.get_running_loop()
        # Copied to the request's thread.
        SERVING_LOOP.set(loop)
        if self._limit is None or self._limit.loop is not loop:
            # A server has one loop for good; tests have one for each of theirs.
            self._limit = ConcurrencyLimit(loop)
        try:
            release = await self._limit.acquire()
        except asyncio.CancelledError:
            # The client has disconnected. What they have sent is stored nevertheless, as it is when
            # they disconnect a moment later.
            if request.method not in SAFE_METHODS:
                await self._respond(request, no_slot)
            raise
        return await self._respond(request, release)

    async def _respond(self, request: HttpRequest, release: Callable[[], None]) -> HttpResponseBase:
        def work() -> HttpResponseBase:
            try:
                return self.get_response(request)
            finally:
                # In the thread, which goes on when the client disconnects.
                release()

        respond: Any = sync_to_async(work, thread_sensitive=True)
        response: HttpResponseBase = await respond()
        return response


class ConcurrencyLimit:
    """Lets AT_ONCE requests of an event loop work at once: each of them has a slot."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def acquire(self) -> Callable[[], None]:
        """Wait for a slot, or for WAIT_TIMEOUT; return what releases it, from any thread.

        After SLOT_TIMEOUT it is released in any case.
        """
        if self._slots.locked():
            try:
                await asyncio.wait_for(self._slots.acquire(), WAIT_TIMEOUT)
            except TimeoutError:
                COUNTERS.requests_over_limit += 1
                return no_slot
        else:
            await self._slots.acquire()
        return Slot(self._slots, self.loop).release_threadsafe


class Slot:
    """What one request has acquired. It is released once."""

    def __init__(self, slots: asyncio.Semaphore, loop: asyncio.AbstractEventLoop) -> None:
        self._slots: asyncio.Semaphore | None = slots
        self._loop = loop
        self._timer = loop.call_later(SLOT_TIMEOUT, self.release)

    def release(self) -> None:
        """Release it, unless that has been done."""
        slots, self._slots = self._slots, None
        if slots is not None:
            self._timer.cancel()
            slots.release()

    def release_threadsafe(self) -> None:
        """Release it from another thread."""
        # The loop may have been closed by then.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.release)


def no_slot() -> None:
    """Release the slot of a request that has none."""
