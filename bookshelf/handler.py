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
"""How many requests a process works on at once: while one waits for the database, another runs.

More threads only take the interpreter's lock from each other: with eight, a page takes a fifth to a
third more CPU (docs/bench.md). What takes long is not counted: see LONG and PATIENCE.
"""

LONG = 0.1
"""Seconds of work after which another request may begin: this one may be waiting for a database
that is away, or for somebody else's server. A page takes a tenth of it."""

PATIENCE = 0.25
"""Seconds that a request waits for its turn, and then begins without one."""


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
        self._turns: Turns | None = None

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the synchronous chain of middleware and view."""
        loop = asyncio.get_running_loop()
        # Copied to the request's thread.
        SERVING_LOOP.set(loop)
        if self._turns is None or self._turns.loop is not loop:
            # A server has one loop for good; tests have one for each of theirs.
            self._turns = Turns(loop)
        try:
            end_turn = await self._turns.take()
        except asyncio.CancelledError:
            # The client has left. What they have sent is stored nevertheless, as it is when they
            # leave a moment later.
            if request.method not in SAFE_METHODS:
                await self._respond(request, no_turn)
            raise
        return await self._respond(request, end_turn)

    async def _respond(
        self, request: HttpRequest, end_turn: Callable[[], None]
    ) -> HttpResponseBase:
        def work() -> HttpResponseBase:
            try:
                return self.get_response(request)
            finally:
                # Here, as the thread goes on when the client leaves.
                end_turn()

        respond: Any = sync_to_async(work, thread_sensitive=True)
        response: HttpResponseBase = await respond()
        return response


class Turns:
    """Lets AT_ONCE requests of an event loop work at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._free = asyncio.Semaphore(AT_ONCE)

    async def take(self) -> Callable[[], None]:
        """Wait for a turn, or for PATIENCE; return what ends it, to be called from any thread.

        A turn ends after LONG in any case.
        """
        if self._free.locked():
            try:
                await asyncio.wait_for(self._free.acquire(), PATIENCE)
            except TimeoutError:
                COUNTERS.impatient += 1
                return no_turn
        else:
            await self._free.acquire()
        turn = Turn(self._free, self.loop)
        return turn.end_soon


class Turn:
    """The turn of one request. It ends once."""

    def __init__(self, free: asyncio.Semaphore, loop: asyncio.AbstractEventLoop) -> None:
        self._free: asyncio.Semaphore | None = free
        self._loop = loop
        self._timer = loop.call_later(LONG, self.end)

    def end(self) -> None:
        """End it, unless it has ended."""
        free, self._free = self._free, None
        if free is not None:
            self._timer.cancel()
            free.release()

    def end_soon(self) -> None:
        """End it, from another thread."""
        # The loop may have been closed by then.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.end)


def no_turn() -> None:
    """End the turn of a request that has none."""
