"""The parts of a reader's reading list, as pages show them."""

from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest

from posts.models import ShelvedBook
from posts.models.shelf import Place, State
from posts.pages.pagination import Page, read_page

SHOWN = (State.READING, State.WANT, State.READ)
"""The parts in their order on the page."""

FIRST = 12
"""How many books of each part are on the first page of a reading list."""

PAGE_SIZE = 48


class Part(NamedTuple):
    """Books of one state, the last moved first."""

    state: State
    page: Page[ShelvedBook]


def read_shelf(
    request: HttpRequest, reader: AbstractBaseUser, *, for_others: bool = False
) -> list[Part]:
    """Read a page of a reading list: the beginning of all three parts, or more of one part.

    `?part=<state>&before=<place>` names one. Others are not shown books whose post was removed: the
    title was removed with it. A query for each part, however deep. Raises Http404
    when the part or the place does not exist.
    """
    wanted, before = request.GET.get("part"), request.GET.get("before")
    if wanted is None:
        return [_read_part(reader, state, None, FIRST, for_others) for state in SHOWN]
    place = Place.parse(before) if before is not None else None
    if wanted not in State.values or (before is not None and place is None):
        raise Http404("That part of the list does not exist.")
    return [_read_part(reader, State(wanted), place, PAGE_SIZE, for_others)]


def _read_part(
    reader: AbstractBaseUser, state: State, before: Place | None, size: int, for_others: bool
) -> Part:
    books = ShelvedBook.objects.of(reader).on_shelf().filter(state=state).last_moved_first()
    if for_others:
        books = books.readable()
    return Part(state, read_page(books.with_posts(), size, before, key=lambda book: book.place))
