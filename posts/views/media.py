"""Pictures, from whatever storage they are in."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

A_YEAR = 365 * 24 * 60 * 60


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def cover_file(request: HttpRequest, name: str) -> HttpResponse:
    """One file of a cover. What it shows never changes: another picture has another name."""
    try:
        with default_storage.open(name) as file:
            data = file.read()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(data, content_type="image/webp")
