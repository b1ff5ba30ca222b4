"""The catch-up cache: responses by (topics, cursor), for the next page that has missed the same."""

from bookshelf.clock import minute_now
from bookshelf.live_objects import Topics
from bookshelf.log import Cursor
from updater.frames import Frame, assemble, greeting
from updater.log_reader import CatchUpRequest, ReadResult

MOST_RESPONSES = 1_000
"""Responses that are kept. Beyond that the cache is emptied."""


class CatchUpCache:
    """Keep the responses as of one place in the log; drop them when the log has moved on.

    And when another minute has begun: they say what the time is.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._cursor: Cursor | None = None
        self._responses: dict[CatchUpRequest, list[Frame] | None] = {}

    def keep(self, result: ReadResult) -> None:
        """Keep the responses of this reading."""
        if result.cursor != self._cursor:
            self._responses.clear()
        self._drop_those_of_another_minute()
        self._cursor = result.cursor
        self._add(result.catch_ups)

    def response(self, topics: Topics, cursor: Cursor) -> list[Frame] | None:
        """Return the frames for a page of these topics at this cursor; None stands for a reset.

        Raises KeyError when the log has to be read for that.
        """
        request = topics, cursor
        self._drop_those_of_another_minute()
        if cursor == self._cursor and request not in self._responses:
            # Nothing to catch up on.
            self._add({request: assemble((), cursor, greeting())})
        return self._responses[request]

    def _drop_those_of_another_minute(self) -> None:
        if self._minute != minute_now():
            self._minute = minute_now()
            self._responses.clear()

    def _add(self, responses: dict[CatchUpRequest, list[Frame] | None]) -> None:
        if len(self._responses) > MOST_RESPONSES:
            self._responses.clear()
        self._responses.update(responses)
