"""What was said to those who had missed something, for the next who has missed the same."""

from posts.log import Cursor
from updater.frames import Frame, assemble, greeting
from updater.reading import Asked, Reading, Topics

MOST_ANSWERS = 1_000
"""Answers that are kept."""


class Answers:
    """The answers of one place in the log. A reading that has moved on makes them void."""

    def __init__(self) -> None:
        self._cursor: Cursor | None = None
        self._said: dict[Asked, list[Frame] | None] = {}

    def keep(self, reading: Reading) -> None:
        """Keep what this reading answers."""
        if reading.cursor != self._cursor:
            self._said.clear()
        self._cursor = reading.cursor
        self._add(reading.answers)

    def to(self, topics: Topics, cursor: Cursor) -> list[Frame] | None:
        """Return the frames for a page of these topics at this cursor; None stands for a reset.

        Raises KeyError when the log has to be read for that.
        """
        asked = topics, cursor
        if cursor == self._cursor and asked not in self._said:
            # Nothing to catch up on.
            self._add({asked: assemble((), cursor, greeting())})
        return self._said[asked]

    def _add(self, answers: dict[Asked, list[Frame] | None]) -> None:
        if len(self._said) > MOST_ANSWERS:
            self._said.clear()
        self._said.update(answers)
