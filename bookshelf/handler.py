"""Django's ASGI handler, with each request on one thread from the first middleware to the last."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bookshelf.doorbell import SERVING_LOOP


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

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the synchronous chain of middleware and view."""
        # Copied to the request's thread.
        SERVING_LOOP.set(asyncio.get_running_loop())
        respond: Any = sync_to_async(self.get_response, thread_sensitive=True)
        response: HttpResponseBase = await respond(request)
        return response
