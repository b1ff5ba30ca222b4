"""A book's room, as the pages of one process show it: who is in it, and who came and went.

Pages come and go for reasons of their own: htmx closes the socket of a tab that is hidden, and
each boosted link closes one and opens another, perhaps to another process. So whoever comes is
counted a moment later, and whoever leaves is not missed for a few seconds.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from django.template.loader import render_to_string

from updater.reader import Reader

RISE = 1.0
"""Seconds for which somebody has to be here in order to be shown."""

FALL = 4.0
"""Seconds for which somebody has to be away in order to be missed."""

MOST_NAMES = 8
"""Names that are spelled out; of the others there is the number."""

CROWD = 20
"""In a room with more people than this only the numbers change: nobody is said to come or go."""

GUESTS = None
"""The key under which guests are counted, beside the ids of users."""

Heads = Mapping[int | None, int]
"""How many: 1 for each user's id, however many tabs; for GUESTS the number of their tabs."""


class Damped:
    """A number that follows another one: up after RISE seconds, down after FALL seconds."""

    __slots__ = ("_rising", "_since", "value")

    def __init__(self) -> None:
        self.value = 0
        self._rising = False
        self._since: float | None = None

    @property
    def waits(self) -> bool:
        """Whether it differs from what it follows, not for long enough yet."""
        return self._since is not None

    def follow(self, actual: int, now: float) -> None:
        if actual == self.value:
            self._since = None
            return
        rising = actual > self.value
        if self._since is None or rising != self._rising:
            self._since, self._rising = now, rising
        if now - self._since >= (RISE if rising else FALL):
            self.value, self._since = actual, None


class Scene(NamedTuple):
    """Who is shown to be here."""

    named: dict[int, str]
    unnamed: frozenset[int]
    guests: int

    @property
    def others(self) -> int:
        """How many are shown without a name. Who has signed in, and is not named, is a guest."""
        return len(self.unnamed) + self.guests

    @property
    def everybody(self) -> set[int]:
        """The ids of the users who are here."""
        return self.unnamed | self.named.keys()

    @property
    def size(self) -> int:
        """How many are shown, with a name or without."""
        return len(self.named) + self.others

    @property
    def words(self) -> tuple[list[str], int]:
        """What a page would show."""
        return sorted(self.named.values()), self.others


class People(NamedTuple):
    """Some people, for a template: how many, and in words."""

    size: int
    words: list[str]

    @classmethod
    def of(cls, names: list[str], others: int) -> "People":
        """Put into words: names in the alphabet's order, then the number of the others."""
        words = sorted(names, key=lambda name: (name.casefold(), name))
        more = words[MOST_NAMES:]
        words = words[:MOST_NAMES]
        if more:
            words.append(f"{len(more)} more")
        if others:
            words.append("1 guest" if others == 1 else f"{others} guests")
        return cls(len(names) + others, words)


def came(before: Scene, after: Scene) -> People:
    """Who is here after that was not before. Swapped, it is who has left.

    Who has only become named, or nameless, was here before.
    """
    names = [name for id, name in after.named.items() if id not in before.everybody]
    nameless = len(after.unnamed - before.everybody) + max(0, after.guests - before.guests)
    return People.of(names, nameless)


class Room:
    """One room in this process. `readers` are the open pages; `told` those that show it as it is.

    Its people are those of all processes.
    """

    def __init__(self, post_id: int, now: float) -> None:
        self.post_id = post_id
        self.readers: set[Reader] = set()
        self.told: set[Reader] = set()
        self.scene: Scene | None = None
        """What was drawn last."""
        self.event: dict[str, str] | None = None
        """The ASGI event that shows it to a page that has not seen the room before."""
        self.next_at = now
        """The time before which no frame may be sent."""
        self.quiet_until = now
        self._here: dict[int | None, Damped] = {}
        self._sockets: Counter[int | None] = Counter()

    def enter(self, reader: Reader) -> None:
        if reader not in self.readers:
            self.readers.add(reader)
            self._sockets[reader.user_id] += 1

    def leave(self, reader: Reader) -> None:
        if reader in self.readers:
            self.readers.discard(reader)
            self.told.discard(reader)
            self._sockets[reader.user_id] -= 1
            if not self._sockets[reader.user_id]:
                del self._sockets[reader.user_id]

    @property
    def tabs(self) -> dict[int | None, int]:
        """How many pages each user has open here in this process; under GUESTS, all guests."""
        return dict(self._sockets)

    @property
    def shown(self) -> set[int]:
        """The ids of the users whose being here counts."""
        return {id for id, head in self._here.items() if head.value and id is not GUESTS}

    @property
    def waits(self) -> bool:
        """Whether somebody has come or left too lately to tell."""
        return any(head.waits for head in self._here.values())

    def settle(self, present: Heads, now: float) -> None:
        """Follow those who are here in all processes now."""
        for id in self._here.keys() | present.keys():
            head = self._here.setdefault(id, Damped())
            head.follow(present.get(id, 0), now)
            if not (head.value or head.waits):
                del self._here[id]

    def hush(self, until: float) -> None:
        """Show no coming and going until then: what is known of the room is being put together."""
        self.quiet_until = max(self.quiet_until, until)

    def look(self, names: Mapping[int, str | None]) -> Scene:
        """Return who is to be shown, under the names that those have who show them."""
        named = {id: names[id] for id in self.shown if names.get(id)}
        guests = self._here[GUESTS].value if GUESTS in self._here else 0
        return Scene(named, frozenset(self.shown - named.keys()), guests)

    def tells(self, scene: Scene, now: float) -> bool:
        """Whether the step to this scene is worth a line about who came and who left."""
        return self.scene is not None and now >= self.quiet_until and scene.size <= CROWD


def draw(post_id: int, scene: Scene, before: Scene | None, number: int) -> dict[str, str]:
    """Render a room: return the ASGI event that shows it.

    With `before` it says who came and left since. `number` is another one each time.
    """
    context = {
        "post_id": post_id,
        "number": number,
        "here": People.of([*scene.named.values()], scene.others),
        "came": came(before, scene) if before else None,
        "left": came(scene, before) if before else None,
    }
    text = render_to_string("updater/frames/presence.html", context).strip()
    return {"type": "websocket.send", "text": text}
