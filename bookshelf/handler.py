"""Django's ASGI handler: each request on a thread of its own, and few of them at work at once."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bookshelf.doorbell import SERVING_LOOP

AT_ONCE = 2
"""How many requests a process works on at once: while one waits for the database, another runs.

More threads only take the interpreter's lock from each other: with eight, a page takes a fifth to a
third more CPU. (docs/bench.md)
"""

PATIENCE = 0.25
"""Seconds that a request waits for its turn. Then it begins in any case: others may be waiting for
a database that is away, or for somebody else's server."""


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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the synchronous chain of middleware and view."""
        loop = asyncio.get_running_loop()
        # Copied to the request's thread.
        SERVING_LOOP.set(loop)
        respond: Any = sync_to_async(self.get_response, thread_sensitive=True)
        if loop is not self._loop:
            # A server has one loop for good; tests have one for each of theirs.
            self._loop, self._turns = loop, asyncio.Semaphore(AT_ONCE)
        turns = self._turns
        has_turn = await _turn_of(turns)
        try:
            response: HttpResponseBase = await respond(request)
        finally:
            if has_turn:
                turns.release()
        return response


async def _turn_of(turns: asyncio.Semaphore) -> bool:
    """Wait for a turn, but not for long; return whether it came."""
    if not turns.locked():
        return await turns.acquire()
    try:
        return await asyncio.wait_for(turns.acquire(), PATIENCE)
    except TimeoutError:
        return False
