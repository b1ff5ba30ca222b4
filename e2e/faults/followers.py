"""Readers without a browser: each follows its page as htmx with the page's configuration does."""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import websockets
from websockets.asyncio.client import ClientConnection

from e2e.faults.sheets import Position, Sheet

# The page's htmx-config (templates/base.html), and what it does while it reconnects.
FIRST_DELAY, MOST_DELAY = 0.5, 4.5
POLL_EVERY = 10.0
RESET_AGAIN = 20.0

RESET_AFTER = re.compile(r"load delay:([0-9.]+)s")


class Follower:
    """One open page. `sheet` is what it shows now."""

    def __init__(self, pick: Callable[[], int], path: str, sheet: Sheet) -> None:
        self.path = path
        self.sheet = sheet
        self.opened = time.time()
        self.window = sheet.end
        """The page has to show all posts with a number above this."""
        self.moves: list[tuple[float, Position]] = [(self.opened, sheet.position)]
        """The page's cursors, each with the time when it came."""
        self.frames = self.resets = self.losses = self.polls = 0
        self.largest = self.received = 0
        """Bytes of the largest frame, and of all frames together."""
        self.returned: list[float] = []
        """The times when it was connected again."""
        self.backward = 0
        """How often its cursor moved back within the same log."""
        self.lost_at: float | None = None
        self.socket: ClientConnection | None = None
        self._pick = pick
        self._left = True
        self._task: asyncio.Task | None = None
        self._reset: asyncio.Task | None = None
        self._poll: asyncio.Task | None = None

    # --- What its user does

    def start(self) -> None:
        self._left = False
        self._task = asyncio.ensure_future(self._follow())

    async def stop(self) -> None:
        """Close the socket, and keep the page."""
        self._left = True
        # The socket's end starts the poller, which therefore comes last.
        self._task = await ended(self._task)
        self._reset = await ended(self._reset)
        self._poll = await ended(self._poll)

    async def hide(self) -> None:
        """Put the tab into the background: its socket closes (htmx's pauseOnBackground)."""
        await self.stop()

    async def show(self) -> None:
        """Bring it to the front again: it connects at once."""
        self.start()

    # --- What the page does

    @property
    def is_live(self) -> bool:
        return self.socket is not None and self.sheet.status == "live"

    async def _follow(self) -> None:
        attempt = 0
        while True:
            try:
                async with await self._connect() as socket:
                    self._opened(socket)
                    attempt = 0
                    await socket.send(json.dumps({"cursor": self.sheet.cursor}))
                    async for frame in socket:
                        self._count(frame)
                        self.take(frame)
            except (OSError, TimeoutError, websockets.WebSocketException):
                pass
            finally:
                self._closed()
            attempt += 1
            delay = min(FIRST_DELAY * 2 ** (attempt - 1), MOST_DELAY)
            await asyncio.sleep(delay * random.uniform(0, 2))

    async def _connect(self) -> ClientConnection:
        query = urlencode([("topic", topic) for topic in self.sheet.topics])
        url = f"http://127.0.0.1:{self._pick()}"
        return await websockets.connect(
            url.replace("http", "ws") + f"/ws/update_notice/?{query}",
            origin=url,
            compression=None,
            max_size=2**20,
            open_timeout=30,
            close_timeout=1,
            ping_interval=None,
        )

    def _opened(self, socket: ClientConnection) -> None:
        self.socket = socket
        if self.lost_at is not None:
            self.returned.append(time.time())

    def _count(self, frame: str) -> None:
        self.frames += 1
        size = len(frame.encode())
        self.largest = max(self.largest, size)
        self.received += size

    def _closed(self) -> None:
        if self.socket is not None and not self._left:
            self.losses += 1
            self.lost_at = time.time()
        self.socket = None
        if self._poll is None and not self._left:
            self._poll = asyncio.ensure_future(self._keep_polling())

    def take(self, frame: str) -> None:
        """Apply a frame, including the requests that it causes."""
        earlier = self.sheet.position
        self.sheet = self.sheet.after(frame)
        now = self.sheet.position
        if now != earlier:
            self.moves.append((time.time(), now))
            self.backward += now.seq < earlier.seq
        reset = RESET_AFTER.search(frame)
        if reset and self._reset is None:
            self._reset = asyncio.ensure_future(self._draw_anew(float(reset[1])))
        elif self._poll is not None and self.sheet.status != "reconnecting" and self.socket:
            # The element that polls has been replaced.
            self._poll.cancel()
            self._poll = None

    async def _keep_polling(self) -> None:
        while True:
            await asyncio.sleep(POLL_EVERY)
            topics = [("topic", topic) for topic in self.sheet.topics]
            query = urlencode([*topics, ("cursor", self.sheet.cursor)])
            status, text = await fetch(self._pick(), f"/changes/?{query}")
            if status == 200:
                self.take(text)

    async def _draw_anew(self, delay: float) -> None:
        self.resets += 1
        while True:
            await asyncio.sleep(delay)
            status, text = await fetch(self._pick(), self.path)
            if status in (200, 410):
                break
            delay = RESET_AGAIN
        self.sheet = Sheet.of(text)
        self.moves.append((time.time(), self.sheet.position))
        self._reset = None
        # The new region brings its own socket element: the old socket goes, a new one comes.
        self._left = True
        self._task = await ended(self._task)
        self.start()


async def ended(task: asyncio.Task | None) -> None:
    """Cancel a task and wait for its end."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fetch(port: int, path: str, *, within: float = 30) -> tuple[int, str]:
    """GET a page, following redirections: its status (0 when none came) and its text."""

    def get() -> tuple[int, str]:
        request = Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": "text/html"})
        try:
            with urlopen(request, timeout=within) as answer:
                return answer.status, answer.read().decode()
        except URLError as error:
            code = getattr(error, "code", 0)
            return code, error.read().decode(errors="replace") if code else ""
        except (OSError, HTTPException):
            return 0, ""

    return await asyncio.to_thread(get)


class Crowd:
    """Many followers on one event loop."""

    def __init__(self, pick: Callable[[], int]) -> None:
        self.followers: list[Follower] = []
        self._pick = pick

    def __len__(self) -> int:
        return len(self.followers)

    async def open(self, path: str, number: int, *, within: float = 30) -> list[Follower]:
        """Have `number` readers open this page, and return once all are live.

        They open it at the same moment, and so get the same HTML.
        """
        status, text = await fetch(self._pick(), path)
        if status != 200:
            raise AssertionError(f"{path} answers {status}")
        sheet = Sheet.of(text)
        new = [Follower(self._pick, path, sheet) for _ in range(number)]
        self.followers += new
        for place, follower in enumerate(new):
            follower.start()
            if place % 50 == 49:
                await asyncio.sleep(0.05)
        await self.until(lambda: all(each.is_live for each in new), within)
        return new

    async def until(self, state: Callable[[], bool], within: float) -> bool:
        """Wait until `state()` is true; returns whether it came true in time (seconds)."""
        deadline = time.monotonic() + within
        while not state():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def each(
        self, do: Callable[[Follower], Awaitable[None]], followers: list[Follower]
    ) -> None:
        """Have these do something, all at once."""
        await asyncio.gather(*(do(follower) for follower in followers))

    async def pongs(self, *, within: float) -> int:
        """Ping the server on every open socket; return how many were answered in time."""

        async def ping(follower: Follower) -> bool:
            with suppress(websockets.WebSocketException, TimeoutError):
                await asyncio.wait_for(await follower.socket.ping(), within)
                return True
            return False

        open_ones = [each for each in self.followers if each.socket is not None]
        return sum(await asyncio.gather(*map(ping, open_ones)))

    async def close(self) -> None:
        await asyncio.gather(*(follower.stop() for follower in self.followers))
