"""The views, and the model of the table in which one of them writes."""

import os
from functools import cache
from pathlib import Path

from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path


class Row(models.Model):
    """What is inserted."""

    user_id = models.BigIntegerField(null=True)
    liked = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "bench_row"
        managed = False

    def __str__(self) -> str:
        return self.liked


def insert(request: HttpRequest) -> HttpResponse:
    """Insert what was sent, as the user's if there is one. One statement, one commit."""
    user = getattr(request, "user", None)
    Row(user_id=user and user.pk, liked=request.POST["liked"]).save()
    return HttpResponse(status=204)


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the bytes of a page, a file in PAGES, to whom the session says it is."""
    if request.user.is_anonymous and "sessionid" in request.COOKIES:
        return HttpResponse(status=403)
    kind, body = page_of(name)
    return HttpResponse(body, content_type=kind)


def unchanged(request: HttpRequest) -> HttpResponse:
    """Answer that nothing has changed."""
    return HttpResponseNotModified()


@cache
def page_of(name: str) -> tuple[str, bytes]:
    """Return a page's content type and its bytes."""
    kind, _, body = (Path(os.environ["PAGES"]) / name).read_bytes().partition(b"\n")
    return kind.decode(), body


urlpatterns = [
    path("row/", insert),
    path("page/<slug:name>/", page),
    path("unchanged/", unchanged),
]
