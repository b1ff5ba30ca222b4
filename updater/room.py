"""A room, as the pages of one process show it: who is in it, and who came and went.

Pages come and go for reasons of their own: htmx closes the socket of a tab that is hidden, and
each boosted link closes one and opens another, perhaps to another process. So whoever comes is
counted a moment later, and whoever leaves is not missed for a few seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import NamedTuple, TypeVar

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from updater.frames import Frame
from updater.reader import Reader

K = TypeVar("K")

RISE = 1.0
"""Seconds for which somebody has to be here in order to be shown."""

FALL = 4.0
"""Seconds for which somebody has to be away in order to be missed."""

MOST_NAMES = 8
"""Names that are spelled out; of the others there is the number."""

CROWD = 20
"""In a room with more people than this only the numbers change: nobody is said to come or go."""

MOST_GUESTS = 5
"""Guests of one address (or IPv6 network) that each process counts: a thousand sockets of one
browser are no crowd. Of a school behind one address the others are not counted."""

GUESTS = None
"""The key under which guests are counted, beside the ids of users."""

HeadCounts = Mapping[int | None, int]
"""How many: 1 for each user's id, however many tabs; for GUESTS the number of their tabs,
of which each network has MOST_GUESTS at most."""


class Debounced:
    """A number that follows another one: up after RISE seconds, down after FALL seconds."""

    __slots__ = ("_rising", "_since", "value")

    def __init__(self) -> None:
        self.value = 0
        self._rising = False
        self._since: float | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it differs from what it follows, but not for long enough yet."""
        return self._since is not None

    def follow(self, actual: int, now: float) -> None:
        """Take the number to follow, at the time `now` in seconds."""
        if actual == self.value:
            self._since = None
            return
        rising = actual > self.value
        if self._since is None or rising != self._rising:
            self._since, self._rising = now, rising
        if now - self._since >= (RISE if rising else FALL):
            self.value, self._since = actual, None


class RoomSnapshot(NamedTuple):
    """Who is shown to be here."""

    named: dict[int, str]
    unnamed: frozenset[int]
    guests: int

    @property
    def others(self) -> int:
        """How many are shown without a name. Who has signed in, and is not named, is a guest."""
        return len(self.unnamed) + self.guests

    @property
    def user_ids(self) -> frozenset[int]:
        """The ids of all users who are here."""
        return frozenset(self.unnamed | self.named.keys())

    @property
    def size(self) -> int:
        """How many are shown, with a name or without."""
        return len(self.named) + self.others

    @property
    def words(self) -> tuple[list[str], int]:
        """What a page would show."""
        return sorted(self.named.values()), self.others


class People(NamedTuple):
    """Some people, for a template: those who are named, and how many more there are."""

    names: tuple[str, ...]
    more: int
    """How many have a name that is not spelled out."""
    others: int
    """How many have none."""

    @classmethod
    def of(cls, names: Iterable[str], others: int) -> "People":
        """Put the names into the alphabet's order, and spell out the first."""
        names = sorted(names, key=lambda name: (name.casefold(), name))
        return cls(tuple(names[:MOST_NAMES]), len(names[MOST_NAMES:]), others)

    @property
    def size(self) -> int:
        return len(self.names) + self.more + self.others

    @property
    def words(self) -> list[str]:
        """Who they are, in the active language: names, and numbers of those without."""
        words = [*self.names]
        if self.more:
            more = ngettext("%(number)d more", "%(number)d more", self.more)
            words.append(more % {"number": self.more})
        if self.others:
            guests = ngettext("%(number)d guest", "%(number)d guests", self.others)
            words.append(guests % {"number": self.others})
        return words

    @property
    def html(self) -> SafeString:
        """The words in a sentence, in the active language: "Ana, Ben and 3 guests"."""
        *some, last = [format_html("<bdi>{}</bdi>", word) for word in self.words]
        if not some:
            return last
        both = {"some": format_html_join(", ", "{}", zip(some)), "last": last}
        return format_html(gettext("{some} and {last}"), **both)


def came(before: RoomSnapshot, after: RoomSnapshot) -> People:
    """Return the people in `after` who are not in `before`. Swapped, it returns who has left.

    People who only began or ceased to show their name were in both.
    """
    names = [name for id, name in after.named.items() if id not in before.user_ids]
    nameless = len(after.unnamed - before.user_ids) + max(0, after.guests - before.guests)
    return People.of(names, nameless)


class Room:
    """One room as this process shows it, with the people that all processes have in it.

    `readers` are the open pages here; `up_to_date` those among them that show the room as it is.
    """

    def __init__(self, topic: str, now: float) -> None:
        self.topic = topic
        self.readers: set[Reader] = set()
        self.up_to_date: set[Reader] = set()
        self.snapshot: RoomSnapshot | None = None
        """What was drawn last."""
        self.frame: Frame | None = None
        """The frame that shows it to a page that has not seen the room before."""
        self.next_at = now
        """The time before which no frame may be sent."""
        self.suppressed_until = now
        self._here: dict[int | None, Debounced] = {}
        self._sockets: Counter[int | None] = Counter()
        """Those that count, by user."""
        self._networks: Counter[str] = Counter()
        """All sockets of guests, by network."""

    def enter(self, reader: Reader) -> None:
        if reader in self.readers:
            return
        self.readers.add(reader)
        if reader.user_id is GUESTS:
            self._networks[reader.network] += 1
            if self._networks[reader.network] > MOST_GUESTS:
                return
        self._sockets[reader.user_id] += 1

    def leave(self, reader: Reader) -> None:
        if reader not in self.readers:
            return
        self.readers.discard(reader)
        self.up_to_date.discard(reader)
        if reader.user_id is GUESTS:
            _subtract_one(self._networks, reader.network)
            if self._networks[reader.network] >= MOST_GUESTS:
                return
        _subtract_one(self._sockets, reader.user_id)

    @property
    def tabs(self) -> dict[int | None, int]:
        """How many pages each user has open here in this process; under GUESTS, the guests."""
        return dict(self._sockets)

    @property
    def shown(self) -> set[int]:
        """The ids of the users whose being here counts."""
        return {id for id, head in self._here.items() if head.value and id is not GUESTS}

    @property
    def is_pending(self) -> bool:
        """Whether somebody came or left so recently that it is not shown yet."""
        return any(head.is_pending for head in self._here.values())

    def update(self, present: HeadCounts, now: float) -> None:
        """Follow those who are here in all processes now."""
        for id in self._here.keys() | present.keys():
            head = self._here.setdefault(id, Debounced())
            head.follow(present.get(id, 0), now)
            if not (head.value or head.is_pending):
                del self._here[id]

    def suppress_until(self, until: float) -> None:
        """Show no coming and going until then: reports of the room are still being gathered."""
        self.suppressed_until = max(self.suppressed_until, until)

    def take_snapshot(self, names: Mapping[int, str | None]) -> RoomSnapshot:
        """Return who is to be shown, under the names that those have who show them."""
        named = {id: name for id in self.shown if (name := names.get(id))}
        guests = self._here[GUESTS].value if GUESTS in self._here else 0
        return RoomSnapshot(named, frozenset(self.shown - named.keys()), guests)

    def is_worth_a_line(self, snapshot: RoomSnapshot, now: float) -> bool:
        """Whether the step to this snapshot is worth a line about who came and who left."""
        return self.snapshot is not None and now >= self.suppressed_until and snapshot.size <= CROWD


def _subtract_one(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def draw(topic: str, snapshot: RoomSnapshot, before: RoomSnapshot | None, number: int) -> Frame:
    """Render a room: return the frame that shows it.

    With `before` it says who came and left since. `number` is another one each time.
    """
    context = {
        "topic": topic,
        "number": number,
        "here": People.of([*snapshot.named.values()], snapshot.others),
        "came": came(before, snapshot) if before else None,
        "left": came(snapshot, before) if before else None,
    }
    text = render_to_string("updater/frames/presence.html", context).strip()
    return Frame(text, None, is_personal=True)


def draw_all(
    changed: list[tuple[Room, RoomSnapshot, RoomSnapshot | None]], numbers: "count[int]"
) -> list[tuple[Frame, Frame]]:
    """Render each room for those who come, and for those who have seen it before."""
    drawn = []
    for room, snapshot, before in changed:
        frame = draw(room.topic, snapshot, None, next(numbers))
        news = draw(room.topic, snapshot, before, next(numbers)) if before else frame
        drawn.append((frame, news))
    return drawn
