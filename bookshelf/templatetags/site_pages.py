"""The links to the pages of the site."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import template
from django.db import connection

from bookshelf.log import Cursor
from bookshelf.site_pages.page import SitePage

register = template.Library()


class LastRead(NamedTuple):
    """The pages that everybody may read, and where the log was before they were read.

    Each change of them is in the log.
    """

    cursor: Cursor | None
    pages: Sequence[SitePage]


_last = LastRead(None, ())


@register.simple_tag(takes_context=True)
def public_site_pages(context: dict[str, Any]) -> Sequence[SitePage]:
    """Return the pages that everybody may read.

    One query, or none on a page that has read the log's cursor, which is where it was.
    """
    global _last
    live = context.get("live")
    # A transaction may see what others do not see yet.
    if live is None or connection.in_atomic_block:
        return list(SitePage.objects.public())
    last = _last
    if last.cursor != live.cursor:
        _last = last = LastRead(live.cursor, list(SitePage.objects.public()))
    return last.pages
