"""What an operator asks a process: whether it is well (`/healthz/`), and what it does (`/metrics`).

Answered before Django, which would refuse a probe that names the host by its address, send it to
TLS, and ask for a thread that may not be free. Both speak of this one process.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bookshelf.trouble import database_trouble
from updater import attendance
from updater.doorbell import layer_answers
from updater.ending import Ending
from updater.metrics import REGISTRY

DATABASE_LIMIT = 1.5
"""Seconds that the database may take to answer. A frozen one never does."""

MOST_LAG = 10.0
"""Seconds without a reading of the log after which the process counts as down."""

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Answer = tuple[int, str, bytes]


class Operations:
    """An ASGI application around another: two paths of its own, all else is the other's."""

    def __init__(self, application: Ending) -> None:
        self._application = application
        self._database = DatabaseProbe()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path in ("/healthz", "/healthz/"):
            answer = await self._health()
        elif path in ("/metrics", "/metrics/") and may_see_metrics(scope):
            answer = 200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
        else:
            await self._application(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            answer = 405, "text/plain", b""
        await _send_answer(scope, send, answer)

    async def _health(self) -> Answer:
        """Whether this process can serve, as JSON: 200, or 503 when it cannot.

        `database` and `channel_layer` are "ok" or "down"; `stream.lag` is the seconds since the
        log was last read, null while there are no readers. Without its channel layer the process
        serves on, with readers up to two seconds late: "degraded", 200. Answers within 2 s.
        """
        database, layer = await asyncio.gather(self._database.answers(), layer_answers())
        stream = attendance.current()
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
            "stream": {"lag": lag, "readers": stream.count if stream else 0},
        }
        well = status in ("ok", "degraded")
        return 200 if well else 503, "application/json", json.dumps(report).encode()


class DatabaseProbe:
    """Asks the database, in a thread of its own, so that nothing waits for one that is frozen."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-probe")
        self._pending: Future[bool] | None = None

    async def answers(self) -> bool:
        """Whether the database answers within DATABASE_LIMIT."""
        # A question that hangs is not asked again: there is one, however many probes come.
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
        database_trouble.met(error)
        return False
    finally:
        connections.close_all()
    database_trouble.over()
    return True


def may_see_metrics(scope: Event) -> bool:
    """Say whether this request bears the token; nobody may while none is set.

    Not by address: behind a proxy on the same machine everybody comes from there.
    """
    token = settings.METRICS_TOKEN
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
    return bool(token) and constant_time_compare(given, f"Bearer {token}")


async def _send_answer(scope: Event, send: Send, answer: Answer) -> None:
    status, kind, body = answer
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": body})
