"""The readers of one stream, by state. docs/architecture.md draws the states and the transitions.

A transition that is not in TRANSITIONS raises: a reader that was in two states at once would get
frames twice, or never again.
"""

from updater.reader import Reader, ReaderState

NEW = ReaderState.NEW
CONNECTED = ReaderState.CONNECTED
WAITING = ReaderState.WAITING
LIVE = ReaderState.LIVE
BEHIND = ReaderState.BEHIND
RESET = ReaderState.RESET
GONE = ReaderState.GONE

TRANSITIONS: dict[ReaderState, frozenset[ReaderState]] = {
    NEW: frozenset({CONNECTED}),
    CONNECTED: frozenset({WAITING, GONE}),
    # A page may send another cursor while it waits.
    WAITING: frozenset({WAITING, LIVE, BEHIND, RESET, GONE}),
    LIVE: frozenset({WAITING, BEHIND, RESET, GONE}),
    BEHIND: frozenset({WAITING, GONE}),
    RESET: frozenset({WAITING, GONE}),
    GONE: frozenset(),
}
"""The states that may follow each state."""


class ImpossibleTransition(RuntimeError):
    """A reader was to move between two states that do not follow one another."""


class ReaderRegistry:
    """Knows every reader, and finds the live ones by their topics and by their user.

    One method for each transition. `cursor` is the caller's to set.
    """

    def __init__(self) -> None:
        self.all: set[Reader] = set()
        """All readers from the opening of their sockets to the end, in whatever state."""
        self.by_topics: dict[frozenset[str], dict[Reader, None]] = {}
        """The live readers by their topics, in the order in which they came: what belongs to
        neighbours then lies side by side in memory, which a set would walk criss-cross."""
        self.by_user: dict[int, set[Reader]] = {}
        """The live readers that are signed in."""
        self.waiting: set[Reader] = set()
        """Those whose page sent a cursor, and was not answered yet."""
        self.behind: set[Reader] = set()
        """Those that are skipped until their connection has drained."""

    def add(self, reader: Reader) -> None:
        """Register a reader whose socket has opened."""
        self._move(reader, CONNECTED)
        self.all.add(reader)

    def await_catch_up(self, reader: Reader) -> None:
        """Have it wait for what it missed since its cursor."""
        self._move(reader, WAITING)
        self.waiting.add(reader)

    def go_live(self, reader: Reader) -> None:
        """Give it every frame of its topics, and its user's, from now on."""
        self._move(reader, LIVE)
        self.by_topics.setdefault(reader.topics, {})[reader] = None
        if reader.user_id is not None:
            self.by_user.setdefault(reader.user_id, set()).add(reader)

    def fall_behind(self, reader: Reader) -> None:
        """Skip it until its connection has drained."""
        self._move(reader, BEHIND)
        self.behind.add(reader)

    def reset(self, reader: Reader) -> None:
        """Give it nothing more: its page reloads, and comes back with a new socket."""
        self._move(reader, RESET)

    def remove(self, reader: Reader) -> None:
        """Forget it: its socket has closed."""
        self._move(reader, GONE)
        self.all.discard(reader)

    def _move(self, reader: Reader, state: ReaderState) -> None:
        before = reader.state
        if state not in TRANSITIONS[before]:
            raise ImpossibleTransition(f"{before.name} → {state.name}")
        if before is LIVE:
            live = self.by_topics[reader.topics]
            del live[reader]
            if not live:
                del self.by_topics[reader.topics]
            if reader.user_id is not None:
                signed_in = self.by_user[reader.user_id]
                signed_in.discard(reader)
                if not signed_in:
                    del self.by_user[reader.user_id]
        elif before is WAITING:
            self.waiting.discard(reader)
        elif before is BEHIND:
            self.behind.discard(reader)
        reader.state = state
