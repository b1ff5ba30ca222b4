"""What holds for every answer of the site."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

GetResponse = Callable[[HttpRequest], HttpResponse]


class OwnNotFoundMiddleware:
    """In DEBUG, too, what is not found is our own page: Django's breaks the site's policy, and a
    boosted link that led to it would find no main region to show.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and response.get("Content-Type", "").startswith("text/html"):
            return page_not_found(request, Http404())
        return response
