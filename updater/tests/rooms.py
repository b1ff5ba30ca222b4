"""Rooms over several processes, whose time passes when a test says so.

A process is a stream of its own; here they share the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from types import SimpleNamespace

from django.contrib.auth.models import AbstractUser
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.log import Cursor
from updater.presence import Presence
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.page import Page
from updater.tests.running import in_thread, settled

STEP = 0.25


ALONE = "You are the only one here"
"""What the page of somebody says who is alone in its room."""


class Tab:
    """A post's page in a browser. `user_id` is that of its session, None for a guest."""

    addresses = count(1)

    def __init__(
        self, text: str, world: "World", user_id: int | None, network: str | None = None
    ) -> None:
        self.page = Page(text)
        self.world = world
        self.user_id = user_id
        # Guests are elsewhere each, where a test does not say otherwise.
        self.network = network or f"network {next(self.addresses)}"
        self.frames: list[tuple[float, str]] = []
        self.reader: Reader | None = None
        self.process: Process | None = None
        self.full = False

    def connect(self, process: "Process") -> "Tab":
        async def send(event) -> None:
            if "-presence" in event["text"]:
                self.frames.append((self.world.now, event["text"]))
            self.page.apply(event["text"])

        # As Daphne tells whether a connection takes more.
        self.transport = SimpleNamespace(producerPaused=self.full)
        send.args = (SimpleNamespace(transport=self.transport),)
        self.reader = Reader(send, self.page.topics, user_id=self.user_id, network=self.network)
        self.process = process
        process.stream.join(self.reader, Cursor.parse(self.page.cursor))
        return self

    def disconnect(self) -> None:
        self.process.stream.leave(self.reader)

    @property
    def shown(self) -> str:
        """What it says of who is here."""
        return self._text("presence-here")

    @property
    def line(self) -> str:
        """What it says of who has come or left."""
        return self._text("presence-line")

    @property
    def lines(self) -> list[str]:
        """All that it has ever said of comings and goings."""
        return [text for _, text in self.frames if "presence-line" in text]

    def _text(self, name: str) -> str:
        found = self.page.tree.xpath(f"//*[@class='{name}']")
        return found[0].text_content() if found else ""


class Process:
    """One process, with a stream that listens to the channel layer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.stream = UpdateStream()
        # Its turns are taken by hand.
        self.presence = Presence(self.stream._in_thread, clock=clock, turn_every=3600)
        self.stream.presence = self.presence
        self.stream.start()

    async def crash(self) -> None:
        """End without a word."""
        self.presence.say_goodbye = settled
        await self.stream.stop()


class World:
    """Some processes and a clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.processes: list[Process] = []

    async def starts(self) -> Process:
        process = Process(lambda: self.now)
        self.processes.append(process)
        # Until it hears the others.
        await asyncio.sleep(0.2)
        return process

    async def ends(self, process: Process, how: Callable[[], Awaitable[None]]) -> None:
        self.processes.remove(process)
        await how()

    async def opens(
        self,
        post_id: int,
        process: Process,
        user: AbstractUser | None = None,
        *,
        network: str | None = None,
    ) -> Tab:
        text = (await in_thread(Client().get, f"/posts/{post_id}/", follow=True)).content.decode()
        return Tab(text, self, user.pk if user else None, network).connect(process)

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            for process in self.processes:
                await process.presence.turn()
            # What is on its way through the layer arrives.
            await asyncio.sleep(0.005)

    async def until(self, condition: Callable[[], bool], within: float = 60) -> float:
        """Let time pass until this is so; return the seconds that it took."""
        start = self.now
        while not condition():
            assert self.now - start < within, "that took too long"
            await self.passes(STEP)
        return self.now - start


def shows_name(name: str) -> AbstractUser:
    return UserFactory(name=name, show_in_rooms=True)
