"""Open pages on the real application: Django for the page, the real stream for the socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from bookshelf.asgi import application
from updater.tests.page import Page

ORIGIN = b"http://localhost"


async def in_thread(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do what a request does, in a thread, and leave no connection to the database behind."""

    def run() -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(run)()


def socket_to(
    query: str, *, origin: bytes | None = ORIGIN, session: str | None = None
) -> WebsocketCommunicator:
    """A socket to `/ws/update_notice/`, not connected yet."""
    headers = [(b"origin", origin)] if origin else []
    if session:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
    return WebsocketCommunicator(application, f"/ws/update_notice/{query}", headers=headers)


class OpenPage(Page):
    """A page and its socket."""

    def __init__(self, text: str, session: str | None = None) -> None:
        super().__init__(text)
        self.session = session
        self.frames: list[str] = []
        self.socket: WebsocketCommunicator | None = None

    async def connect(self) -> None:
        """Connect and say where the page stands, as the page does on each opening."""
        query = "?" + "&".join(f"topic={topic}" for topic in sorted(self.topics))
        self.socket = socket_to(query, session=self.session)
        connected, _ = await self.socket.connect()
        assert connected
        await self.socket.send_to(text_data=json.dumps({"cursor": self.cursor}))

    async def receive(self, timeout: float = 5) -> str:
        """Take one frame and apply it."""
        frame = await self.socket.receive_from(timeout)
        self.frames.append(frame)
        self.apply(frame)
        return frame

    async def until(self, condition: Callable[[Page], bool]) -> None:
        """Take frames until the page is in this state."""
        while not condition(self):
            await self.receive()

    async def sees(self, title: str) -> None:
        await self.until(lambda page: title in page.titles)

    async def is_live(self) -> None:
        await self.until(lambda page: page.status == "live")

    async def disconnect(self) -> None:
        await self.socket.disconnect()


@asynccontextmanager
async def opened(path: str = "/", client: Client | None = None) -> AsyncIterator[OpenPage]:
    """Open a page as a reader does, live when it is given; it is closed at the end."""
    client = client or Client()
    text = (await in_thread(client.get, path, follow=True)).content.decode()
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    page = OpenPage(text, cookie.value if cookie else None)
    await page.connect()
    await page.is_live()
    try:
        yield page
    finally:
        await page.disconnect()


@pytest.fixture(autouse=True)
def patient(settings):
    """Communicators speak to `localhost`."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


async def settled() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)
