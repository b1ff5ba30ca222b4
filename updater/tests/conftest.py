"""Open pages on the real application: Django for the page, the real stream for the socket."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client

from bookshelf.asgi import application
from bookshelf.live_objects import registered
from posts.factories import published
from updater.tests.page import Page
from updater.tests.rooms import World
from updater.tests.running import in_thread
from updater.tests.toy.live import LiveQuote
from updater.tests.toy.models import Quote

TOY_TEMPLATES = Path(__file__).parent / "toy" / "templates"
ORIGIN = b"http://localhost"


def socket_to(
    query: str, *, origin: bytes | None = ORIGIN, session: str | None = None
) -> WebsocketCommunicator:
    """A socket to `/ws/update_notice/`, not connected yet."""
    headers = [(b"host", b"localhost"), *([(b"origin", origin)] if origin else [])]
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


@pytest.fixture(scope="session")
def table_of_quotes(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Quote)
        connection.close()


@pytest.fixture
def quotes(table_of_quotes, settings):
    """Have the tests' own live object, and its page at /quotes/."""
    Quote.objects.all().delete()
    settings.ROOT_URLCONF = "updater.tests.toy.urls"
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], TOY_TEMPLATES]}]
    with registered(LiveQuote):
        yield


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    for process in world.processes:
        await process.stream.stop()


@pytest.fixture
async def room(world: World) -> int:
    post, _ = await in_thread(published, title="Emma")
    return post.pk
