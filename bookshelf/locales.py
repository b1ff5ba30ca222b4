"""In which language a page is: the account's, the browser's, or the site's own."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.timezone import override as override_zone
from django.utils.translation import get_language, get_supported_language_variant, override
from django.utils.translation.trans_real import parse_accept_lang_header

GetResponse = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., Any])


def language_of(accepted: str) -> str:
    """Return the code of the language that an Accept-Language (RFC 9110, 12.5.4) asks for.

    The first that the site has; "de" for "de-AT". The site's own when it has none of them.
    """
    for code, quality in parse_accept_lang_header(accepted):
        if not quality:
            continue
        try:
            return str(get_supported_language_variant(code))
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def for_everybody(view: View) -> View:
    """Mark a view whose answer is the same for everybody, in whatever language.

    The account is not looked at then, so that the answer depends on no cookie.
    """
    view.is_for_everybody = True  # type: ignore[attr-defined]
    return view


def is_for_everybody(request: HttpRequest) -> bool:
    """Return whether the view of a request is marked so. Of no view, it is not."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(view, "is_for_everybody", False)


class LocaleMiddleware:
    """Answer in the language that the browser asks for.

    Of the account's language and zone, later on, see accounts.languages.AccountLocaleMiddleware.
    What either of them activates ends with the request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with override(language_of(request.headers.get("Accept-Language", ""))), override_zone(None):
            response = self.get_response(request)
            is_page = response.get("Content-Type", "").startswith("text/html")
            if is_page and not is_for_everybody(request):
                response.headers.setdefault("Content-Language", get_language())
                patch_vary_headers(response, ("Accept-Language",))
        return response
