"""Who is here: which readers are in which room, over all processes and hosts.

Each process tells the others, through the channel layer, who is in its rooms: all of it, after a
change and every few seconds. What a process has said holds for TTL seconds, so that readers of one
that crashed vanish, and whatever was lost on the way is made up for. Without its layer a process
shows its own.

A user counts once, with any number of tabs, processes and hosts. A guest is a tab: telling guests
apart would take a cookie. Of one address each process counts a few at most (MOST_GUESTS).

Nothing of this is in the log: a presence frame carries no cursor, and a page that connects is shown
it within two seconds or so.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from accounts.profile.name_visibility import visible_names
from bookshelf.doorbell import PRESENCE, send
from bookshelf.live_objects import room_of
from updater.frames import Frame
from updater.reader import Reader
from updater.room import FALL, GUESTS, HeadCounts, Room, RoomSnapshot, draw_all

logger = logging.getLogger(__name__)

TURN = 0.25
"""Seconds from one look at the rooms to the next."""

FRAME_EVERY = 2.0
"""Seconds between two frames about the same room, at least."""

REPORT_AFTER = 1.0
"""Seconds between two reports to the other processes, at least."""

REPORT_EVERY = 5.0
"""Seconds after which a process says it all again."""

TTL = 16.0
"""Seconds for which what another process has said holds: three of its reports may get lost."""

YOUNG = 10.0
"""Seconds after its start in which a process takes those who come for readers who come back."""

SUPPRESS_FOR = FALL + FRAME_EVERY + 1.0
"""Seconds in which nobody is shown to come or go, after a change that no person made."""

NAMES_EVERY = 5.0
"""Seconds after which names are looked up again: somebody may have chosen to hide it."""

YIELD_AFTER = 250
"""Readers that are served before the event loop gets its turn."""


class Peer:
    """Another process, and what it has said."""

    def __init__(self, rooms: dict[str, HeadCounts], heard_at: float) -> None:
        self.rooms = rooms
        self.heard_at = heard_at


class Presence:
    """Who is in the rooms, for the readers of one update stream.

    `in_thread` runs work that may wait for the database; `clock` gives seconds.
    """

    def __init__(
        self,
        in_thread: Callable[..., Awaitable[Any]],
        *,
        clock: Callable[[], float] = time.monotonic,
        turn_every: float = TURN,
    ) -> None:
        self._in_thread = in_thread
        self._clock = clock
        self._turn_every = turn_every
        self._process = secrets.token_hex(8)
        self._started = clock()
        self._rooms: dict[str, Room] = {}
        self._to_review: set[str] = set()
        """Rooms that have to be looked at."""
        self._peers: dict[str, Peer] = {}
        self._names: dict[int, str | None] = {}
        self._names_at = clock()
        self._reported: list[list[Any]] = []
        self._report_at = clock()
        self._changed = False
        self._reachable = True
        self._numbers = count(1)

    # --- Readers come and go: no waiting, no query, no rendering --------------------------------

    def enter(self, reader: Reader) -> None:
        """Count this reader into its room, if its page is one. Twice is once."""
        topic = room_of(reader.topics)
        if topic is None:
            return
        room = self._rooms.get(topic)
        if room is None:
            room = self._rooms[topic] = self._open(topic)
        room.enter(reader)
        self._to_review.add(topic)
        self._changed = True

    def leave(self, reader: Reader) -> None:
        """Count it out again."""
        topic = room_of(reader.topics)
        if topic is None or (room := self._rooms.get(topic)) is None:
            return
        room.leave(reader)
        if not room.readers:
            # Nobody is left to be shown anything.
            del self._rooms[topic]
        self._to_review.add(topic)
        self._changed = True

    def _open(self, topic: str) -> Room:
        now = self._clock()
        room = Room(topic, now)
        room.suppress_until(max(now + SUPPRESS_FOR, self._started + YOUNG))
        return room

    # --- Other processes --------------------------------------------------------------------------

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what a process has said of its rooms."""
        if message["process"] == self._process:
            return
        now = self._clock()
        rooms: dict[str, HeadCounts] = {
            topic: {GUESTS: guests, **dict.fromkeys(user_ids, 1)}
            for topic, guests, user_ids in message["rooms"]
        }
        before = self._peers.get(message["process"])
        for topic in rooms.keys() | (before.rooms.keys() if before else ()):
            if before is None or before.rooms.get(topic) != rooms.get(topic):
                self._to_review.add(topic)
            if message["young"] and topic in self._rooms:
                self._rooms[topic].suppress_until(now + SUPPRESS_FOR)
        self._peers[message["process"]] = Peer(rooms, now)

    def _drop_silent_peers(self, now: float) -> None:
        for process, peer in list(self._peers.items()):
            if now - peer.heard_at <= TTL:
                continue
            del self._peers[process]
            self._to_review |= peer.rooms.keys()
            for topic in peer.rooms.keys() & self._rooms.keys():
                self._rooms[topic].suppress_until(now + SUPPRESS_FOR)

    async def _report(self, now: float) -> None:
        pause = REPORT_AFTER if self._changed and self._reachable else REPORT_EVERY
        if now < self._report_at + pause:
            return
        self._changed = False
        self._report_at = now
        rooms = []
        for topic, room in self._rooms.items():
            tabs = room.tabs
            rooms.append([topic, tabs.pop(GUESTS, 0), list(tabs)])
        # A process with nobody in a room says so once.
        if rooms or self._reported:
            self._reported = rooms
            await self._send(rooms, young=now < self._started + YOUNG)

    async def _send(self, rooms: list[list[Any]], *, young: bool) -> None:
        message = {"type": PRESENCE, "process": self._process, "young": young, "rooms": rooms}
        self._reachable = await send(message)

    async def say_goodbye(self) -> None:
        """Tell the other processes that nobody is left here."""
        if self._reported and self._reachable:
            await self._send([], young=False)

    # --- Showing it -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at the rooms for ever."""
        while True:
            await asyncio.sleep(self._turn_every)
            await self.turn()

    async def turn(self) -> None:
        """Show what has changed in the rooms, and tell the other processes."""
        now = self._clock()
        self._drop_silent_peers(now)
        to_review, self._to_review = self._to_review, set()
        try:
            await self._show(to_review, now)
        except Exception as error:
            logger.warning("presence not shown error=%r", error)
            self._to_review |= to_review
        await self._report(now)

    async def _show(self, to_review: set[str], now: float) -> None:
        if now >= self._names_at + NAMES_EVERY:
            self._names_at = now
            to_review |= await self._refresh_names()
        rooms = [self._rooms[topic] for topic in to_review if topic in self._rooms]
        for room in rooms:
            room.update(self._present(room), now)
        await self._look_up(set().union(*(room.shown for room in rooms)) - self._names.keys())

        changed: list[tuple[Room, RoomSnapshot, RoomSnapshot | None]] = []
        for room in rooms:
            if room.is_pending or now < room.next_at:
                self._to_review.add(room.topic)
            snapshot = room.take_snapshot(self._names)
            if now < room.next_at or not snapshot.size:
                continue
            if room.snapshot is None or snapshot.words != room.snapshot.words:
                changed.append(
                    (room, snapshot, room.snapshot if room.is_worth_a_line(snapshot, now) else None)
                )
                continue
            room.snapshot = snapshot
            if room.frame is not None and not room.is_pending:
                # The same as before, for those who have come since.
                await self._send_frame(room, room.frame, now)
        if changed:
            await self._redraw(changed, now)

    async def _redraw(
        self, changed: list[tuple[Room, RoomSnapshot, RoomSnapshot | None]], now: float
    ) -> None:
        """Render these rooms, once for all of their readers, and send them."""
        drawn = await self._in_thread(draw_all, changed, self._numbers)
        for (room, snapshot, _), (frame, news) in zip(changed, drawn, strict=True):
            before, room.up_to_date = room.up_to_date & room.readers, set()
            room.snapshot, room.frame = snapshot, frame
            # Who has come just now does not read of it.
            await self._send_frame(room, news, now, before)
            await self._send_frame(room, frame, now)

    async def _send_frame(
        self, room: Room, frame: Frame, now: float, readers: set[Reader] | None = None
    ) -> None:
        """Send a frame to those of `readers` (all in the room) whose page is not up to date."""
        waiting = (room.readers if readers is None else readers) - room.up_to_date
        for served, reader in enumerate(waiting, 1):
            if reader.push([frame]):
                room.up_to_date.add(reader)
            else:
                # Its connection is full: it gets the room when that has drained, as it is then.
                self._to_review.add(room.topic)
            if served % YIELD_AFTER == 0:
                await asyncio.sleep(0)
        room.up_to_date &= room.readers
        if waiting:
            room.next_at = now + FRAME_EVERY

    def _present(self, room: Room) -> HeadCounts:
        """Who is in this room in any process."""
        heads = Counter(room.tabs)
        for peer in self._peers.values():
            heads.update(peer.rooms.get(room.topic, {}))
        return {id: n if id is GUESTS else 1 for id, n in heads.items()}

    # --- Names ------------------------------------------------------------------------------------

    async def _look_up(self, user_ids: set[int]) -> bool:
        """Get the names of these users, all in one query. Returns False when that failed."""
        if not user_ids:
            return True
        try:
            names = await self._in_thread(visible_names, user_ids)
        except Exception as error:
            # As they were, or nameless, until they are looked up again.
            logger.warning("names not looked up error=%r", error)
            return False
        self._names.update({id: names.get(id) for id in user_ids})
        return True

    async def _refresh_names(self) -> set[str]:
        """Look up the names of all who are shown; return the rooms where one has changed."""
        shown = {topic: room.shown for topic, room in self._rooms.items()}
        known, self._names = self._names, {}
        if not await self._look_up(set().union(*shown.values())):
            self._names = known
        return {
            topic
            for topic, user_ids in shown.items()
            if any(known.get(id) != self._names.get(id) for id in user_ids)
        }
