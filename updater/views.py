"""What pages ask for over HTTP, when there is no socket."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from accounts.limits import limited, spend
from bookshelf.counters import COUNTERS
from bookshelf.locales import for_everybody
from bookshelf.log import Change, Cursor
from updater.consumers import are_topics
from updater.frames import reset_frame
from updater.polling import POLL_READER, Busy

FAR_BEHIND = 50
"""Changes that a page which polls every ten seconds is hardly ever behind."""


@require_safe
@limited("poll", "GET")
@never_cache
def changes(request: HttpRequest) -> HttpResponse:
    """What a page has missed since its cursor: the frames that a socket would have got.

    204 when there is nothing, 400 for topics that do not exist, 503 while other polls take long.
    A page that is far behind costs more, and has a limit of its own.
    """
    COUNTERS.polls += 1
    topics = frozenset(request.GET.getlist("topic"))
    if not are_topics(topics):
        return HttpResponseBadRequest("No such topic.", content_type="text/plain")
    cursor = Cursor.parse(request.GET.get("cursor"))
    if cursor is None:
        return HttpResponse(reset_frame().text)
    newest = Change.objects.cursor()
    if newest == cursor:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if newest.seq - cursor.seq > FAR_BEHIND:
        spend(request, "catch_up")
    users = [request.user.pk] if request.user.is_authenticated else []
    try:
        reading = POLL_READER.read(topics, cursor, users)
    except Busy:
        busy = HttpResponse("Busy.", "text/plain", HTTPStatus.SERVICE_UNAVAILABLE)
        busy["Retry-After"] = "10"
        return busy
    frames = reading.catch_ups[topics, cursor] or [reset_frame()]
    return HttpResponse("".join(frame.text for frame in [*reading.personal.values(), *frames]))


@for_everybody
@require_safe
@cache_control(public=True, max_age=86400)
def reconnecting(request: HttpRequest) -> HttpResponse:
    """What the status says, and does, while there is no socket. The same for everybody."""
    return render(request, "updater/_reconnecting.html")
