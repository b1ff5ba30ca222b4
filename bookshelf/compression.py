"""Compress what is text, for those who ask for it.

Static files were compressed when they were collected, and pass. Everything else is compressed here,
behind a proxy as well: whoever compresses a page with a secret in it has to keep its length from
telling the secret (BREACH). Django's middleware adds up to 100 random bytes, and its CSRF tokens
are masked anew in each page.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

TEXT = re.compile(r"text/|image/svg\+xml|application/(?:[\w.-]+\+)?(?:json|xml|javascript)\b")
"""Content types that become smaller. Pictures and archives are compressed as they are."""

CODINGS = {"gzip", "br"}
"""What we have: texts are compressed by gzip here, static files by both when they are collected."""

SHORTEST = 200
"""Bytes below which nothing is gained; Django's number."""

REFUSED = re.compile(r"\s*q\s*=\s*0(?:\.0*)?\s*")


def accepted_codings(header: str) -> set[str]:
    """Return which of CODINGS an Accept-Encoding takes (RFC 9110, 12.5.3): q=0 refuses one."""
    found = [each.partition(";") for each in header.lower().split(",")]
    return CODINGS & {name.strip() for name, _, quality in found if not REFUSED.fullmatch(quality)}


def takes_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request with these headers of ASGI is answered by gzip."""
    found = [value.decode("latin-1") for name, value in headers if name == b"accept-encoding"]
    return "gzip" in accepted_codings(",".join(found))


class CompressionMiddleware(GZipMiddleware):
    """Django's, for whole texts, and not for those who refuse gzip by q=0."""

    def process_request(self, request: HttpRequest) -> None:
        sent = request.META
        # Django and WhiteNoise only look whether a name is in it.
        accepted = accepted_codings(sent.get("HTTP_ACCEPT_ENCODING", ""))
        sent["HTTP_ACCEPT_ENCODING"] = ", ".join(accepted)
        if tags := sent.get("HTTP_IF_NONE_MATCH"):
            # A weak tag matches a strong one (RFC 9110, 13.1.2); WhiteNoise compares letters.
            sent["HTTP_IF_NONE_MATCH"] = tags.replace('W/"', '"')

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            # It says what the whole answer would say.
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        is_part = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if is_part or not TEXT.match(response.get("Content-Type", "")):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
