"""Who is here: which readers are in which book's room, over all processes and hosts.

Each process tells the others, through the channel layer, who is in its rooms: all of it, after a
change and every few seconds. What a process has said holds for TTL seconds, so that readers of one
that crashed vanish, and whatever was lost on the way is made up for. Without its layer a process
shows its own.

A user counts once, with any number of tabs, processes and hosts. A guest is a tab: telling guests
apart would take a cookie. Nothing of this is in the log: a presence frame carries no cursor, and a
page that connects is told within two seconds or so.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from accounts.names import names_shown
from bookshelf.live import PRESENCE, send
from posts.events import room_of
from updater.reader import Reader
from updater.room import FALL, GUESTS, Heads, Room, Scene, draw

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

HUSH = FALL + FRAME_EVERY + 1.0
"""Seconds in which comings and goings are not told of, after what is not one of a person."""

NAMES_EVERY = 5.0
"""Seconds after which names are looked up again: somebody may not want to be named any more."""

YIELD_AFTER = 250
"""Readers that are told before the event loop gets its turn."""


class Peer:
    """Another process, and what it has said."""

    def __init__(self, rooms: dict[int, Heads], heard_at: float) -> None:
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
        self._rooms: dict[int, Room] = {}
        self._stirred: set[int] = set()
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
        post_id = room_of(reader.topics)
        if post_id is None:
            return
        room = self._rooms.get(post_id)
        if room is None:
            room = self._rooms[post_id] = self._open(post_id)
        room.enter(reader)
        self._stirred.add(post_id)
        self._changed = True

    def leave(self, reader: Reader) -> None:
        """Count it out again."""
        post_id = room_of(reader.topics)
        room = self._rooms.get(post_id)
        if room is None:
            return
        room.leave(reader)
        if not room.readers:
            # Nobody is left to be shown anything.
            del self._rooms[post_id]
        self._stirred.add(post_id)
        self._changed = True

    def _open(self, post_id: int) -> Room:
        now = self._clock()
        room = Room(post_id, now)
        room.hush(max(now + HUSH, self._started + YOUNG))
        return room

    # --- Other processes --------------------------------------------------------------------------

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what a process has said of its rooms."""
        if message["process"] == self._process:
            return
        now = self._clock()
        rooms: dict[int, Heads] = {
            post_id: {GUESTS: guests, **dict.fromkeys(user_ids, 1)}
            for post_id, guests, user_ids in message["rooms"]
        }
        before = self._peers.get(message["process"])
        for post_id in rooms.keys() | (before.rooms.keys() if before else ()):
            if before is None or before.rooms.get(post_id) != rooms.get(post_id):
                self._stirred.add(post_id)
            if message["young"] and post_id in self._rooms:
                self._rooms[post_id].hush(now + HUSH)
        self._peers[message["process"]] = Peer(rooms, now)

    def _forget_the_silent(self, now: float) -> None:
        for process, peer in list(self._peers.items()):
            if now - peer.heard_at <= TTL:
                continue
            del self._peers[process]
            self._stirred |= peer.rooms.keys()
            for post_id in peer.rooms.keys() & self._rooms.keys():
                self._rooms[post_id].hush(now + HUSH)

    async def _report(self, now: float) -> None:
        pause = REPORT_AFTER if self._changed and self._reachable else REPORT_EVERY
        if now < self._report_at + pause:
            return
        self._changed = False
        self._report_at = now
        rooms = []
        for post_id, room in self._rooms.items():
            tabs = room.tabs
            rooms.append([post_id, tabs.pop(GUESTS, 0), list(tabs)])
        # A process with nobody in a room says so once.
        if rooms or self._reported:
            self._reported = rooms
            await self._send(rooms, young=now < self._started + YOUNG)

    async def _send(self, rooms: list[list[Any]], *, young: bool) -> None:
        message = {"type": PRESENCE, "process": self._process, "young": young, "rooms": rooms}
        self._reachable = await send(message)

    async def say_goodbye(self) -> None:
        """Tell the other processes that nobody is here any more."""
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
        self._forget_the_silent(now)
        stirred, self._stirred = self._stirred, set()
        try:
            await self._show(stirred, now)
        except Exception as error:
            logger.warning("presence not shown error=%r", error)
            self._stirred |= stirred
        await self._report(now)

    async def _show(self, stirred: set[int], now: float) -> None:
        if now >= self._names_at + NAMES_EVERY:
            self._names_at = now
            stirred |= await self._refresh_names()
        rooms = [self._rooms[post_id] for post_id in stirred if post_id in self._rooms]
        for room in rooms:
            room.settle(self._present(room), now)
        await self._look_up(set().union(*(room.shown for room in rooms)) - self._names.keys())

        changed: list[tuple[Room, Scene, Scene | None]] = []
        for room in rooms:
            if room.waits or now < room.next_at:
                self._stirred.add(room.post_id)
            scene = room.look(self._names)
            if now < room.next_at or not scene.size:
                continue
            if room.scene is None or scene.words != room.scene.words:
                changed.append((room, scene, room.scene if room.tells(scene, now) else None))
                continue
            room.scene = scene
            if not room.waits:
                # The same as before, for those who have come since.
                await self._tell(room, room.event, now)
        if changed:
            await self._redraw(changed, now)

    async def _redraw(self, changed: list[tuple[Room, Scene, Scene | None]], now: float) -> None:
        """Render these rooms, once for all of their readers, and send them."""
        drawn = await self._in_thread(_draw_all, changed, self._numbers)
        for (room, scene, _), (event, told) in zip(changed, drawn, strict=True):
            before, room.told = room.told & room.readers, set()
            room.scene, room.event = scene, event
            # Who has come just now does not read of it.
            await self._tell(room, told, now, before)
            await self._tell(room, event, now)

    async def _tell(
        self, room: Room, event: dict[str, str], now: float, readers: set[Reader] | None = None
    ) -> None:
        """Send `event` to those of `readers` (all in the room) who have not been told yet."""
        waiting = (room.readers if readers is None else readers) - room.told
        for served, reader in enumerate(waiting, 1):
            if reader.tell(event):
                room.told.add(reader)
            else:
                # Its connection is full: it is told when that has drained, as things are then.
                self._stirred.add(room.post_id)
            if served % YIELD_AFTER == 0:
                await asyncio.sleep(0)
        room.told &= room.readers
        if waiting:
            room.next_at = now + FRAME_EVERY

    def _present(self, room: Room) -> Heads:
        """Who is in this room in any process."""
        heads = Counter(room.tabs)
        for peer in self._peers.values():
            heads.update(peer.rooms.get(room.post_id, {}))
        return {id: n if id is GUESTS else 1 for id, n in heads.items()}

    # --- Names ------------------------------------------------------------------------------------

    async def _look_up(self, user_ids: set[int]) -> bool:
        """Get the names of these users, all in one query. Returns False when that failed."""
        if not user_ids:
            return True
        try:
            names = await self._in_thread(names_shown, user_ids)
        except Exception as error:
            # As they were, or nameless, until they are looked up again.
            logger.warning("names not looked up error=%r", error)
            return False
        self._names.update({id: names.get(id) for id in user_ids})
        return True

    async def _refresh_names(self) -> set[int]:
        """Look up anew all who are shown; return the rooms where somebody's name has changed."""
        shown = {post_id: room.shown for post_id, room in self._rooms.items()}
        known, self._names = self._names, {}
        if not await self._look_up(set().union(*shown.values())):
            self._names = known
        return {
            post_id
            for post_id, user_ids in shown.items()
            if any(known.get(id) != self._names.get(id) for id in user_ids)
        }


def _draw_all(
    changed: list[tuple[Room, Scene, Scene | None]], numbers: count
) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Render each room for those who come, and for those who have been told of it before."""
    drawn = []
    for room, scene, before in changed:
        event = draw(room.post_id, scene, None, next(numbers))
        told = draw(room.post_id, scene, before, next(numbers)) if before else event
        drawn.append((event, told))
    return drawn
