"""The parts of a reader's shelf, as pages show them."""

from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest

from posts.models import ShelvedBook
from posts.models.shelf import Place, State

SHOWN = (State.READING, State.WANT, State.READ)
"""The parts in their order on the page."""

FIRST = 12
"""How many books of each part stand on the shelf's first page."""

PAGE_SIZE = 48


class Part(NamedTuple):
    """Books of one state, the last moved first."""

    state: State
    books: list[ShelvedBook]
    older: Place | None
    """What the next page hangs from; None when this is the last."""


def read_shelf(request: HttpRequest, reader: AbstractBaseUser) -> list[Part]:
    """Read what there is of a reader's shelf: the beginning of all three parts, or more of one.

    `?part=<state>&before=<place>` asks for one. A query for each part, however deep. Raises
    Http404 when there is no such part or place.
    """
    wanted, before = request.GET.get("part"), request.GET.get("before")
    if wanted is None:
        return [_read_part(reader, state, None, FIRST) for state in SHOWN]
    place = Place.parse(before) if before is not None else None
    if wanted not in State.values or (before is not None and place is None):
        raise Http404("That part of the shelf does not exist.")
    return [_read_part(reader, State(wanted), place, PAGE_SIZE)]


def _read_part(reader: AbstractBaseUser, state: State, below: Place | None, size: int) -> Part:
    books = ShelvedBook.objects.of(reader).standing().filter(state=state).last_moved_first()
    if below is not None:
        books = books.below(below)
    rows = list(books.with_posts()[: size + 1])
    return Part(state, rows[:size], rows[size - 1].place if len(rows) > size else None)
