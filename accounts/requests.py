"""What the middleware and the decorators have made of a request, as types for annotations.

No request is an instance of these: Django makes an ASGIRequest, and this is what it holds by then.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from accounts.models import User

View = Callable[..., HttpResponse]


class HtmxRequest(HttpRequest):
    """A request that has passed the middleware."""

    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    """A request to a view that requires a login: guests have been redirected."""

    user: User


def is_seen(request: HttpRequest) -> bool:
    """Return whether somebody sees the answer: not to HEAD, nor when a browser fetches ahead.

    What is shown once must not be used up by such a request.
    """
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return request.method != "HEAD" and "prefetch" not in purpose
