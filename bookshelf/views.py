"""Views of the site as a whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bookshelf.locales import for_everybody


@for_everybody
@require_safe
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect the old address of the icon."""
    return redirect(static("favicon.svg"))


@for_everybody
@require_safe
@cache_control(public=True, max_age=86400)
def unsent(request: HttpRequest) -> HttpResponse:
    """Render the message of a form that could not be sent. Browsers cache it for an outage."""
    return render(request, "_unsent.html")
