"""Health check (`/healthz/`) and metrics (`/metrics`) of this one process.

Answered before Django, which would refuse a probe that names the host by its address, redirect it
to TLS, and need a thread that may not be free.
"""

import asyncio
import json
from concurrent.futures import Future, ThreadPoolExecutor

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings
from django.db import connection, connections
from django.utils.crypto import constant_time_compare
from django.utils.text import compress_string
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bookshelf.compression import SHORTEST, takes_gzip
from bookshelf.mail.status import QUEUE
from bookshelf.outages import database_outage
from updater import shared_stream
from updater.metrics import REGISTRY
from updater.shutdown import GracefulShutdown
from updater.subscription import layer_answers

DATABASE_LIMIT = 1.5
"""Seconds that the database may take to answer. A frozen one never does."""

MOST_LAG = 10.0
"""Seconds without a reading of the log after which the process counts as down."""

Response = tuple[int, str, bytes]
"""Status, content type and body."""


class HealthEndpoints:
    """An ASGI application around another: it answers two paths, and passes on all others."""

    def __init__(self, application: GracefulShutdown) -> None:
        self._application = application
        self._database = DatabaseProbe()

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "http" or (response := await self._response(scope)) is None:
            await self._application(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            response = 405, "text/plain", b""
        await _send_response(scope, send, response)

    async def _response(self, scope: HTTPScope) -> Response | None:
        """Return the response to this request; None when it is not one of ours."""
        if scope["path"] in ("/healthz", "/healthz/"):
            return await self._health()
        if scope["path"] in ("/metrics", "/metrics/") and may_see_metrics(scope):
            return 200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
        return None

    async def _health(self) -> Response:
        """Report whether this process can serve, as JSON: 200, or 503 when it cannot.

        `database` and `channel_layer` are "ok" or "down"; `stream.lag` is the seconds since the
        log was last read, null while there are no readers. `mail` says how many mails wait, and
        for how many seconds the oldest has: its server's fault, and no reason to take this process
        off. Without its channel layer the process serves on, with readers up to two seconds late:
        "degraded", 200. Answers within 2 s.
        """
        database, layer = await asyncio.gather(self._database.answers(), layer_answers())
        stream = shared_stream.current()
        lag = stream.lag if stream else None
        serves = database and (lag is None or lag < MOST_LAG)
        if self._application.stopping:
            status = "stopping"
        else:
            status = "down" if not serves else "ok" if layer else "degraded"
        report = {
            "status": status,
            "database": "ok" if database else "down",
            "channel_layer": "ok" if layer else "down",
            "mail": {"waiting": QUEUE.waiting, "age": round(QUEUE.age), "failed": QUEUE.failed},
            "stream": {"lag": lag, "readers": stream.count if stream else 0},
        }
        can_serve = status in ("ok", "degraded")
        return 200 if can_serve else 503, "application/json", json.dumps(report).encode()


class DatabaseProbe:
    """Queries the database in a thread of its own, so that nothing waits for a frozen one."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-probe")
        self._pending: Future[bool] | None = None

    async def answers(self) -> bool:
        """Return whether the database answers within DATABASE_LIMIT."""
        # A query that hangs is not sent again: it is one, however many probes come.
        if self._pending is None or self._pending.done():
            self._pending = self._thread.submit(_database_answers)
        answer = asyncio.wrap_future(self._pending)
        done, _ = await asyncio.wait({answer}, timeout=DATABASE_LIMIT)
        return bool(done) and answer.result()


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        database_outage.record_failure(error)
        return False
    finally:
        connections.close_all()
    database_outage.record_recovery()
    return True


def may_see_metrics(scope: HTTPScope) -> bool:
    """Return whether this request has the token. Nobody may see them while none is set.

    Not by address: behind a proxy on the same machine every request comes from that machine.
    """
    token = settings.METRICS_TOKEN
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
    return bool(token) and constant_time_compare(given, f"Bearer {token}")


async def _send_response(scope: HTTPScope, send: ASGISendCallable, response: Response) -> None:
    status, kind, body = response
    coded = []
    if len(body) >= SHORTEST:
        coded.append((b"vary", b"Accept-Encoding"))
        if takes_gzip(scope["headers"]):
            body = compress_string(body)
            coded.append((b"content-encoding", b"gzip"))
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *coded,
    ]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    body = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": body, "more_body": False})
