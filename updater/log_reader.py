"""Read the log once: what is new for everybody, and what those who connect have missed.

Runs in the stream's thread, and in a request for pages that poll: both get the same frames.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from bookshelf.clock import minute_now
from bookshelf.live_objects import EVERYWHERE, LiveObject, Topics, draw_personal
from bookshelf.log import Change, Cursor
from updater.fragment_cache import FragmentCache
from updater.frames import FRAME_LIMIT, Frame, assemble, clock_frame, cursor_frame
from updater.reduce import reduce
from updater.window import SPAN, Window

CatchUpRequest = tuple[Topics, Cursor]
"""Where a page stands that may have missed something."""

MOST_ACTIONS = 200
"""A page that has missed more than this is reset: it loads itself again."""

MOST_CHARACTERS = 16 * FRAME_LIMIT
"""The same for the text of what it has missed: 200 long comments. It is rendered once for all."""


SET_CLOCKS_EVERY = 30
"""Minutes after which a frame sets the clock of the page again (bookshelf/clock_css.py, STEPS)."""


@dataclass(slots=True)
class ReadResult:
    """What one reading of the log came to."""

    cursor: Cursor
    """The place in the log up to which it was read."""

    live: dict[Topics, list[Frame]] = field(default_factory=dict)
    """Frames of what is new, for each set of topics that it concerns."""

    catch_ups: dict[CatchUpRequest, list[Frame] | None] = field(default_factory=dict)
    """Frames of what was missed; None stands for a reset."""

    personal: dict[int, Frame] = field(default_factory=dict)
    """For each user id whatever that user alone is sent."""


class LogReader:
    """Reads the log and renders from it, each fragment once. Used by one thread at a time."""

    def __init__(self, greeting: Callable[[], str] = str) -> None:
        """Take what returns a fragment to send along with each response to a catch-up request."""
        self._greeting = greeting
        self._window: Window | None = None
        self._fragments = FragmentCache()
        self._notified: dict[Topics, int] = {}
        """The `seq` of the last frame that was sent to each set of topics."""
        self._clocks_set: dict[Topics, int] = {}
        """The minute in which each set of topics was last told what the time is."""
        # What was read of the log and not delivered yet: a reading may fail half way.
        self._undelivered: list[Change] = []

    def read(
        self,
        subscribed: Iterable[Topics],
        catch_up_requests: Iterable[CatchUpRequest] = (),
        users: Collection[int] = (),
        connecting_users: Iterable[int] = (),
    ) -> ReadResult:
        """Read what is new for the `subscribed` topics, and what the catch-up requests have missed.

        Personal frames are rendered for those of `users` (ids) whom a new change concerns, and for
        all of `connecting_users`.

        Costs one query for the log, another one when a request reaches further back than was read
        before, and a constant number for each kind of object that was touched.

        Raises updater.window.Rewritten, and what the database raises. The next reading then
        delivers what this one did not.
        """
        if self._window is None:
            self._window = Window.at_the_end()
        else:
            self._undelivered += self._window.read()
        window, new = self._window, self._undelivered
        catch_up_requests = list(catch_up_requests)
        window.reach_back(cursor for _, cursor in catch_up_requests)

        if new:
            self._clocks_set = {
                topics: self._clocks_set[topics]
                for topics in subscribed
                if topics in self._clocks_set
            }
        concerned = _by_topics(reduce(new), subscribed)
        missed = _missed(window, catch_up_requests)
        self._fragments.fetch(
            item for items in (*concerned.values(), *missed.values()) for item in items or ()
        )

        result = ReadResult(window.cursor)
        for topics, touched in concerned.items():
            fragments = list(self._fragments.fragments(touched, topics))
            if fragments:
                result.live[topics] = assemble(fragments, window.cursor, self._clock(topics))
        if new:
            self._move_old_cursors(result, subscribed)
        notified_ids = {user_id for change in new for user_id in change.users}
        wanted = {*notified_ids.intersection(users), *connecting_users}
        for user_id, fragment in draw_personal(wanted).items():
            result.personal[user_id] = Frame(fragment, None, is_personal=True)
        for request, items in missed.items():
            result.catch_ups[request] = (
                None if items is None else self._catch_up(items, request[0], window.cursor)
            )
        self._undelivered = []
        return result

    def _catch_up(
        self, items: Iterable[LiveObject], topics: Topics, end: Cursor
    ) -> list[Frame] | None:
        """Return the frames about these objects; None, and render no more, when they are too much.

        The page is then smaller, when it loads itself again, than what it would be sent.
        """
        fragments, characters = [], 0
        for fragment, cursor in self._fragments.fragments(items, topics):
            fragments.append((fragment, cursor))
            characters += len(fragment)
            if characters > MOST_CHARACTERS:
                return None
        return assemble(fragments, end, self._greeting())

    def _clock(self, topics: Topics) -> str:
        """Return what sets the clocks of open pages, if they were last set some time ago.

        The clock of a page gets coarser with the hours that the page has been open, and what comes
        now is new.
        """
        minute = minute_now()
        if minute - self._clocks_set.get(topics, 0) < SET_CLOCKS_EVERY:
            return ""
        self._clocks_set[topics] = minute
        return clock_frame()

    def _move_old_cursors(self, result: ReadResult, subscribed: Iterable[Topics]) -> None:
        """Move the cursor of pages that nothing has concerned for long, before it is too old."""
        seq = result.cursor.seq
        notified, self._notified = self._notified, {}
        for topics in subscribed:
            if topics in result.live:
                self._notified[topics] = seq
            elif seq - notified.get(topics, seq) > SPAN // 4:
                result.live[topics] = [Frame(cursor_frame(result.cursor), result.cursor)]
                self._notified[topics] = seq
            else:
                self._notified[topics] = notified.get(topics, seq)


def _missed(
    window: Window, requests: Iterable[CatchUpRequest]
) -> dict[CatchUpRequest, list[LiveObject] | None]:
    """Return the objects that each request has missed; None for too many, or a cursor unknown."""
    topics_at: dict[Cursor, list[Topics]] = defaultdict(list)
    for topics, cursor in requests:
        topics_at[cursor].append(topics)
    missed: dict[CatchUpRequest, list[LiveObject] | None] = {}
    for cursor, wanted in topics_at.items():
        changes = window.after(cursor)
        concerned = _by_topics(reduce(changes or []), wanted)
        for topics in wanted:
            touched = concerned.get(topics, [])
            known = changes is not None and len(touched) <= MOST_ACTIONS
            missed[topics, cursor] = touched if known else None
    return missed


def _by_topics(
    touched: list[LiveObject], wanted: Iterable[Topics]
) -> dict[Topics, list[LiveObject]]:
    """Sort objects by the topic sets that they may concern, in the order given."""
    if not touched:
        return {}
    sets_of: dict[str, set[Topics]] = defaultdict(set)
    for topics in wanted:
        for topic in (*topics, EVERYWHERE):
            sets_of[topic].add(topics)
    concerned: dict[Topics, list[LiveObject]] = defaultdict(list)
    for item in touched:
        for topics in set().union(*(sets_of.get(topic, ()) for topic in item.topics)):
            concerned[topics].append(item)
    return concerned
