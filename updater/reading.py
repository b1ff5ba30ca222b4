"""One reading of the log: what is new for everybody, and what those who connect have missed.

Runs in the stream's thread, and in a request for pages that poll: one way answers both.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from posts import fragments
from posts.log import Change, Cursor
from updater.frames import Frame, assemble, cursor_frame
from updater.reduce import Touched, action, reduce
from updater.window import SPAN, Window

Topics = frozenset[str]
Asked = tuple[Topics, Cursor]

MOST_ACTIONS = 200
"""A page that is further behind than this draws itself anew."""

CACHED = 500
"""Posts whose fragments are kept."""


@dataclass(slots=True)
class Reading:
    """The outcome. `live` and `answers` hold frames; an answer of None stands for a reset."""

    cursor: Cursor
    live: dict[Topics, list[Frame]] = field(default_factory=dict)
    answers: dict[Asked, list[Frame] | None] = field(default_factory=dict)


class ReadingRoom:
    """Reads the log and renders from it, each fragment once. Used by one thread at a time.

    `greeting` is sent along with the answer to what somebody has missed.
    """

    def __init__(self, greeting: str = "") -> None:
        self._greeting = greeting
        self._window: Window | None = None
        self._shelf = Shelf()
        self._told: dict[Topics, int] = {}

    def read(self, seated: Iterable[Topics], asked: Iterable[Asked] = ()) -> Reading:
        """Read what is new for the `seated` topic sets, and what those who `asked` have missed.

        Costs one query for the log, another when somebody asks from further back than was read
        yet, and two for all posts that were touched. Raises updater.window.Rewritten.
        """
        if self._window is None:
            new: list[Change] = []
            self._window = Window.at_the_end()
        else:
            new = self._window.read()
        window = self._window
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
            touched for posts in (*concerned.values(), *missed.values()) for touched in posts or ()
        )
        reading = Reading(window.cursor)
        for topics, posts in concerned.items():
            drawn = self._shelf.draw(posts, topics)
            if drawn:
                reading.live[topics] = assemble(drawn, window.cursor)
        if new:
            self._remind(reading, seated)
        for (topics, cursor), posts in missed.items():
            reading.answers[topics, cursor] = (
                None
                if posts is None
                else assemble(self._shelf.draw(posts, topics), window.cursor, self._greeting)
            )
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
    """Posts and their fragments, kept until the next change of the post."""

    def __init__(self) -> None:
        self._posts: dict[int, tuple[int, Any]] = {}
        self._drawn: dict[int, dict[fragments.Frame, str]] = {}

    def fetch(self, touched: Iterable[Touched]) -> None:
        """Have the posts at hand, as they are after these changes or later."""
        newest: dict[int, int] = {}
        for post in touched:
            newest[post.post_id] = max(post.cursor.seq, newest.get(post.post_id, 0))
        if len(self._posts) + len(newest) > CACHED:
            self._posts.clear()
            self._drawn.clear()
        missing = [id for id, seq in newest.items() if self._posts.get(id, (0,))[0] < seq]
        present = fragments.present(missing)
        for post_id in missing:
            self._posts[post_id] = (newest[post_id], present.get(post_id))
            self._drawn[post_id] = {}

    def draw(self, touched: Iterable[Touched], topics: Topics) -> list[tuple[str, Cursor]]:
        """Return what a page of these topics is sent about posts that were fetched."""
        drawn = []
        for item in touched:
            post = self._posts[item.post_id][1]
            frame = action(item, topics, post is not None)
            if frame is not None:
                kept = self._drawn[item.post_id]
                if frame not in kept:
                    kept[frame] = fragments.draw(frame, item.post_id, post)
                drawn.append((kept[frame], item.cursor))
        return drawn


def _by_topics(touched: list[Touched], wanted: Iterable[Topics]) -> dict[Topics, list[Touched]]:
    """Sort touched posts by the topic sets that they may concern, in the order given."""
    if not touched:
        return {}
    sets_of = defaultdict(set)
    for topics in wanted:
        for topic in topics:
            sets_of[topic].add(topics)
    concerned = defaultdict(list)
    for post in touched:
        for topics in set().union(*(sets_of.get(topic, ()) for topic in post.topics)):
            concerned[topics].append(post)
    return concerned
