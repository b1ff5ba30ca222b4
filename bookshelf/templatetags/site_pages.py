"""The links to the pages of the site."""

from time import monotonic
from typing import Any, NamedTuple

from django import template
from django.db import connection

from bookshelf.compiled_queries import CompiledQuery
from bookshelf.log import Cursor
from bookshelf.recent_changes import changes_between
from bookshelf.site_pages.page import SITE_PAGE_CHANGED, Name, SitePage, title_shown_as

register = template.Library()

MAX_AGE = 60.0
"""Seconds after which a change of the log has them read again, whatever it is."""


class Link(NamedTuple):
    """What a link to a page needs."""

    name: str
    title: str

    @property
    def shown_title(self) -> str:
        return title_shown_as(self.title)


class LastRead(NamedTuple):
    """The pages that everybody may read, and where the log was before they were read.

    Each change of them is in the log, but for what is done past `SitePage.save`.
    """

    cursor: Cursor
    links: tuple[Link, ...]
    at: float


_last: LastRead | None = None

PUBLIC = CompiledQuery(
    lambda names: SitePage.objects.public().filter(name__in=names).values_list("name", "title")
)


def read_links() -> tuple[Link, ...]:
    """Return links to the pages that everybody may read. One query."""
    return tuple(Link(*row) for row in PUBLIC.rows(Name.values))


@register.simple_tag(takes_context=True)
def public_site_pages(context: dict[str, Any]) -> tuple[Link, ...]:
    """Return links to the pages that everybody may read.

    One query; none on a page that has read the log's cursor, when nothing has happened to them
    since they were read.
    """
    global _last
    live = context.get("live")
    # A transaction may see what others do not see yet.
    if live is None or connection.in_atomic_block:
        return read_links()
    last = _last
    if last is None or not is_current(last, live.cursor):
        last = LastRead(live.cursor, read_links(), monotonic())
    _last = last = last._replace(cursor=live.cursor)
    return last.links


def is_current(last: LastRead, now: Cursor) -> bool:
    """Return whether nothing has happened to the pages up to this place of the log."""
    if last.cursor == now:
        return True
    since = changes_between(last.cursor, now) if monotonic() - last.at < MAX_AGE else None
    return since is not None and all(change.kind != SITE_PAGE_CHANGED for change in since)
