"""What pages ask for over HTTP, when there is no socket."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from bookshelf.tally import TALLY
from posts.log import Cursor
from updater.consumers import are_topics
from updater.frames import reset_frame
from updater.reading import ReadingRoom


@require_safe
@never_cache
def changes(request: HttpRequest) -> HttpResponse:
    """What a page has missed since its cursor: the frames that a socket would have got.

    204 when there is nothing, 400 for topics that do not exist.
    """
    TALLY.polls += 1
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
