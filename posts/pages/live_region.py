"""What makes a page live: the cursor of the log when it was drawn, and its topics."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest

from bookshelf.log import Change, Cursor
from posts.events import CARDS


class Live(NamedTuple):
    """The live region of a page (templates/updater/_live.html draws it)."""

    cursor: Cursor
    topics: tuple[str, ...]

    @property
    def query(self) -> str:
        """The topics as a query string."""
        return urlencode([("topic", topic) for topic in self.topics])


def live(*topics: str) -> Live:
    """Read the log's cursor, in one query, for a page of these topics.

    Call it before the page's own queries: the page then catches up with what is committed in
    between.
    """
    return Live(Change.objects.cursor(), topics)


def live_list(request: HttpRequest, cursor: Cursor, inserting: str) -> Live:
    """Return what makes a list live, of which the cursor was read before its posts.

    The topic `inserting` puts new posts on its first page only.
    """
    return Live(cursor, (CARDS,) if "before" in request.GET else (inserting, CARDS))
