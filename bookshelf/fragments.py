"""Put answers to htmx in the right place: a whole page never replaces a button."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import escape_leading_slashes
from django_htmx.http import (
    HttpResponseClientRedirect,
    push_url,
    reselect,
    reswap,
    retarget,
)
from django_htmx.middleware import HtmxDetails

GetResponse = Callable[[HttpRequest], HttpResponse]


class FragmentMiddleware:
    """Redirect an answer that is not the requested fragment to another place.

    - The browser, not htmx, follows a redirect: it leads to a page, such as the one to sign in.
    - The browser also loads a page that answers a request for a fragment.
    - The heading of an error page goes to #trouble, and the open page stays. The page's
      `hx-status` (base.html) does the same with errors that others answer, such as a proxy.
    - An error that answers a link, or Back, is shown as a page.

    A fragment passes unchanged, whatever its status.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            # What a form leads to has the focus on its heading. Back must not find that page.
            patch_vary_headers(response, ["HX-Boosted"])
        htmx = HtmxDetails(request)
        if not htmx or response.streaming:
            return response
        is_link = htmx.boosted or htmx.history_restore_request
        if response.has_header("Location") and response.status_code < HTTPStatus.BAD_REQUEST:
            return response if is_link else _in_the_browser(response)
        if not _is_page(response):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            return _error(request, response, is_link=is_link)
        is_asked_for = is_link or htmx.request_type == "full"
        if request.method == "GET" and (not is_asked_for or _is_sign_in(request)):
            response["HX-Redirect"] = same_address(request)
        return response


def _error(request: HttpRequest, response: HttpResponse, *, is_link: bool) -> HttpResponse:
    is_ours = response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    if request.method == "GET" and is_link and is_ours:
        response["HX-Redirect"] = same_address(request)
    elif not is_link:
        push_url(reswap(reselect(retarget(response, "#trouble"), "h1"), "innerHTML"), False)
    return response


def same_address(request: HttpRequest) -> str:
    """Return the path of a request, with its query; //elsewhere/ would lead to another host."""
    return escape_leading_slashes(request.get_full_path())


def _in_the_browser(response: HttpResponse) -> HttpResponse:
    answer = HttpResponseClientRedirect(response["Location"])
    answer.cookies = response.cookies
    for name in ("Vary", "Cache-Control"):
        if response.has_header(name):
            answer[name] = response[name]
    return answer


def _is_page(response: HttpResponse) -> bool:
    return response.content[:100].lstrip()[:9].lower() == b"<!doctype"


def _is_sign_in(request: HttpRequest) -> bool:
    """Whether this is the page to sign in: its script for passkeys starts with the page."""
    return request.path == resolve_url(settings.LOGIN_URL)
