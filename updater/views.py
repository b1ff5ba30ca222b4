"""What pages ask for over HTTP: changes when there is no socket; and whether we are well."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from posts.log import Cursor
from updater import attendance
from updater.consumers import are_topics
from updater.frames import reset_frame
from updater.reading import ReadingRoom

LAYER_LIMIT = 1.0
"""Seconds that the channel layer may take to pass a message."""

MOST_LAG = 10.0
"""Seconds without a reading of the log after which the process counts as down."""


@require_safe
@never_cache
def changes(request: HttpRequest) -> HttpResponse:
    """What a page has missed since its cursor: the frames that a socket would have got.

    204 when there is nothing, 400 for topics that do not exist.
    """
    topics = frozenset(request.GET.getlist("topic"))
    if not are_topics(topics):
        return HttpResponseBadRequest("No such topic.", content_type="text/plain")
    cursor = Cursor.parse(request.GET.get("cursor"))
    if cursor is None:
        return HttpResponse(reset_frame().text)
    bells = [request.user.pk] if request.user.is_authenticated else []
    reading = ReadingRoom().read((), [(topics, cursor)], bells=bells)
    if reading.cursor == cursor:
        return HttpResponse(status=204)
    frames = reading.answers[topics, cursor] or [reset_frame()]
    return HttpResponse("".join(frame.text for frame in [*reading.bells.values(), *frames]))


@require_safe
@cache_control(public=True, max_age=86400)
def reconnecting(request: HttpRequest) -> HttpResponse:
    """What the status says, and does, while there is no socket. The same for everybody."""
    return render(request, "updater/_reconnecting.html")


@require_safe
@never_cache
async def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve, as JSON: 200, or 503 when it cannot.

    `database` and `channel_layer` are "ok" or "down"; `stream.lag` is the seconds since the log
    was last read, null while there are no readers. Without its channel layer the process serves
    on, with readers up to two seconds late: "degraded", 200.
    """
    database = await sync_to_async(_answers)()
    layer = await _takes_messages()
    here = attendance.current()
    lag = here.lag if here else None
    serves = database and (lag is None or lag < MOST_LAG)
    report: dict[str, Any] = {
        "status": "down" if not serves else "ok" if layer else "degraded",
        "database": "ok" if database else "down",
        "channel_layer": "ok" if layer else "down",
        "stream": {"lag": lag, "readers": sum(1 for _ in here.everybody()) if here else 0},
    }
    return JsonResponse(report, status=200 if serves else 503)


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        connection.close()
        return False
    return True


async def _takes_messages() -> bool:
    try:
        async with asyncio.timeout(LAYER_LIMIT):
            await get_channel_layer().group_send("healthz", {"type": "health.check"})
    except Exception:
        return False
    return True
