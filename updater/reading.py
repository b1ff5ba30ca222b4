"""One reading of the log: what is new for everybody, and what those who connect have missed.

Runs in the stream's thread, and in a request for pages that poll: one way answers both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from bookshelf.tally import TALLY
from posts import fragments
from posts.log import Change, Cursor
from updater.frames import Frame, assemble, cursor_frame
from updater.reduce import EVERYWHERE, Key, Touched, moves_pin, reduce
from updater.window import SPAN, Window

Topics = frozenset[str]
Asked = tuple[Topics, Cursor]

MOST_ACTIONS = 200
"""A page that is further behind than this draws itself anew."""

CACHED = 500
"""Posts and comments whose fragments are kept."""


@dataclass(slots=True)
class Reading:
    """The outcome. `live` and `answers` hold frames; an answer of None stands for a reset.

    `bells` are the personal frames of those users whose notifications were touched, or asked for.
    """

    cursor: Cursor
    live: dict[Topics, list[Frame]] = field(default_factory=dict)
    answers: dict[Asked, list[Frame] | None] = field(default_factory=dict)
    bells: dict[int, Frame] = field(default_factory=dict)


class ReadingRoom:
    """Reads the log and renders from it, each fragment once. Used by one thread at a time.

    `greeting` is sent along with the answer to what somebody has missed.
    """

    def __init__(self, greeting: str = "") -> None:
        self._greeting = greeting
        self._window: Window | None = None
        self._shelf = Shelf()
        self._told: dict[Topics, int] = {}
        # What was read of the log and not handed out yet: a reading may fail half way.
        self._owed: list[Change] = []

    def read(
        self,
        seated: Iterable[Topics],
        asked: Iterable[Asked] = (),
        users: Collection[int] = (),
        bells: Iterable[int] = (),
    ) -> Reading:
        """Read what is new for the `seated` topic sets, and what those who `asked` have missed.

        Of `users`, who are seated as well, those get a bell whose notifications were touched; and
        all in `bells`.

        Costs one query for the log, another when somebody asks from further back than was read
        yet, two for all posts that were touched, two for all comments and one for all bells.
        Raises updater.window.Rewritten, and what the database raises: the next reading then
        makes up for this one.
        """
        if self._window is None:
            self._window = Window.at_the_end()
        else:
            self._owed += self._window.read()
        window, new = self._window, self._owed
        window.reach_back(cursor for _, cursor in asked)

        concerned = _by_topics(reduce(new), seated)
        missed: dict[Asked, list[Touched] | None] = {}
        by_cursor = defaultdict(list)
        for topics, cursor in asked:
            by_cursor[cursor].append(topics)
        for cursor, wanted in by_cursor.items():
            changes = window.after(cursor)
            found = _by_topics(reduce(changes or []), wanted)
            for topics in wanted:
                touched = found.get(topics, [])
                known = changes is not None and len(touched) <= MOST_ACTIONS
                missed[topics, cursor] = touched if known else None

        self._shelf.fetch(
            item for items in (*concerned.values(), *missed.values()) for item in items or ()
        )
        reading = Reading(window.cursor)
        for topics, touched in concerned.items():
            drawn = self._shelf.draw(touched, topics)
            if drawn:
                reading.live[topics] = assemble(drawn, window.cursor)
        if new:
            self._remind(reading, seated)
        touched_users = {user for change in new for user in change.users}
        for user, bell in fragments.bells({*touched_users.intersection(users), *bells}).items():
            reading.bells[user] = Frame(bell, None, is_personal=True)
        for (topics, cursor), touched in missed.items():
            reading.answers[topics, cursor] = (
                None
                if touched is None
                else assemble(self._shelf.draw(touched, topics), window.cursor, self._greeting)
            )
        self._owed = []
        return reading

    def _remind(self, reading: Reading, seated: Iterable[Topics]) -> None:
        """Move the cursor of pages that nothing has concerned for long, lest it gets unknown."""
        seq = reading.cursor.seq
        told, self._told = self._told, {}
        for topics in seated:
            if topics in reading.live:
                self._told[topics] = seq
            elif seq - told.get(topics, seq) > SPAN // 4:
                reading.live[topics] = [Frame(cursor_frame(reading.cursor), reading.cursor)]
                self._told[topics] = seq
            else:
                self._told[topics] = told.get(topics, seq)


class Shelf:
    """Posts, comments and their fragments, kept until the next change of what they show."""

    def __init__(self) -> None:
        self._items: dict[Key, tuple[int, Any]] = {}
        self._drawn: dict[Key, dict[fragments.Frame, str]] = {}
        self._pinned: str | None = None
        self._renamed = 0

    def fetch(self, touched: Iterable[Touched]) -> None:
        """Have the objects at hand, as they are after these changes or later."""
        self._pinned = None
        newest: dict[Key, int] = {}
        for item in touched:
            newest[item.key] = max(item.cursor.seq, newest.get(item.key, 0))
        # A name may stand in any fragment. Who needs an older one has missed the new name, too.
        names = [seq for (noun, _), seq in newest.items() if noun == fragments.Noun.NAME]
        renamed = max(names, default=0)
        if renamed > self._renamed or len(self._items) + len(newest) > CACHED:
            self._renamed = max(renamed, self._renamed)
            self._items.clear()
            self._drawn.clear()
        missing = defaultdict(list)
        for key, seq in newest.items():
            if self._items.get(key, (0,))[0] < seq:
                missing[key[0]].append(key[1])
        for noun, ids in missing.items():
            present = fragments.present(noun, ids)
            for item_id in ids:
                self._items[noun, item_id] = (newest[noun, item_id], present.get(item_id))
                self._drawn[noun, item_id] = {}

    def draw(self, touched: Iterable[Touched], topics: Topics) -> list[tuple[str, Cursor]]:
        """Return what a page of these topics is sent about what was fetched."""
        drawn = []
        for item in touched:
            found = self._items[item.key][1]
            frame = item.action(topics, found is not None)
            if frame is not None:
                kept = self._drawn[item.key]
                if frame not in kept or not frame.lasts:
                    TALLY.renderings += 1
                    kept[frame] = fragments.draw(frame, item.id, found)
                drawn.append((kept[frame], item.cursor))
            if moves_pin(item, topics):
                drawn.append((self._draw_pinned(), item.cursor))
        return drawn

    def _draw_pinned(self) -> str:
        # What is pinned is not the touched post's business alone: drawn once in each reading.
        if self._pinned is None:
            self._pinned = fragments.draw_pinned()
        return self._pinned


def _by_topics(touched: list[Touched], wanted: Iterable[Topics]) -> dict[Topics, list[Touched]]:
    """Sort what was touched by the topic sets that they may concern, in the order given."""
    if not touched:
        return {}
    sets_of = defaultdict(set)
    for topics in wanted:
        for topic in (*topics, EVERYWHERE):
            sets_of[topic].add(topics)
    concerned = defaultdict(list)
    for item in touched:
        for topics in set().union(*(sets_of.get(topic, ()) for topic in item.topics)):
            concerned[topics].append(item)
    return concerned
