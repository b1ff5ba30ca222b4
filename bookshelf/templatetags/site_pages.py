"""The links to the pages of the site."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import template
from django.db import connection

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Cursor
from bookshelf.site_pages.page import Name, SitePage

register = template.Library()


class LastRead(NamedTuple):
    """The pages that everybody may read, and where the log was before they were read.

    Each change of them is in the log.
    """

    cursor: Cursor | None
    pages: Sequence[SitePage]


_last = LastRead(None, ())

PUBLIC = CompiledQuery(
    lambda names: SitePage.objects.public().filter(name__in=names).values_list("name", "title")
)


def read_pages() -> list[SitePage]:
    """Return the pages that everybody may read, with what a link to them needs. One query."""
    return [SitePage(name=name, title=title) for name, title in PUBLIC.rows(Name.values)]


@register.simple_tag(takes_context=True)
def public_site_pages(context: dict[str, Any]) -> Sequence[SitePage]:
    """Return the pages that everybody may read.

    One query, or none on a page that has read the log's cursor, which is where it was.
    """
    global _last
    live = context.get("live")
    # A transaction may see what others do not see yet.
    if live is None or connection.in_atomic_block:
        return read_pages()
    last = _last
    if last.cursor != live.cursor:
        _last = last = LastRead(live.cursor, read_pages())
    return last.pages
