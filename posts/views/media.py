"""Serve pictures from the storage."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from bookshelf.locales import for_everybody
from posts.models import Cover

A_YEAR = 365 * 24 * 60 * 60


@require_safe
@never_cache
def withdrawn_cover(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a file of the cover of a removed post to its owner, and to moderators."""
    user = request.user
    cover = Cover.objects.filter(token=name.split("/")[1][:32], is_withdrawn=True).first()
    if cover is None or not user.is_authenticated:
        raise Http404
    if cover.owner_id != user.pk and not user.is_moderator:
        raise Http404
    return _picture(name)


@for_everybody
@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def cover_file(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one file of a cover, or of the picture of a reader.

    It never changes: another picture has another name.
    """
    return _picture(name)


def _picture(name: str) -> HttpResponse:
    try:
        with default_storage.open(name) as file:
            data = file.read()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(data, content_type="image/webp")
