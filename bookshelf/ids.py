"""The one parser of ids that come from outside: in addresses, query strings and forms."""

import re

from django.http import Http404
from django.urls.converters import IntConverter

PATTERN = "[0-9]{1,18}"
"""ASCII digits, and few enough for 64 bits: both databases can look for such a number."""


def parse_id(text: object) -> int | None:
    """Return the id that `text` writes in ASCII digits; None for anything else."""
    return int(text) if isinstance(text, str) and re.fullmatch(PATTERN, text) else None


def id_or_404(text: str | None) -> int | None:
    """Return the id that a request names; None when it names none. Raises Http404 for no id."""
    if text is None:
        return None
    found = parse_id(text)
    if found is None:
        raise Http404("That is no id.")
    return found


class IdConverter(IntConverter):
    """`<id:pk>` in a URL pattern: an address with any other number leads nowhere (404)."""

    regex = PATTERN
