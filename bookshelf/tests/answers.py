"""Responses of the whole ASGI application, as a server sends them, and an address for each view."""

import asyncio
from typing import NamedTuple

from django.test import Client
from django.urls import NoReverseMatch, reverse

from bookshelf.asgi import application
from bookshelf.tests.post_views import VIEWS, WITHOUT_POST, World

ADMIN = {"app_label": "posts", "content_type_id": 1, "object_id": 1, "url": "nowhere"}
"""What stands in the paths of the admin, which are Django's."""


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return the values of all headers of this name."""
        return [value for found, value in self.headers if found == name.lower()]

    def get(self, name: str) -> str:
        return ", ".join(self.all(name))


def ask(
    path: str,
    *,
    method: str = "GET",
    client: Client | None = None,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Send a request with the cookies of a client, and return the answer."""
    cookies = "; ".join(f"{c.key}={c.value}" for c in client.cookies.values()) if client else ""
    sent = {"host": "testserver", **({"cookie": cookies} if cookies else {}), **(headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "root_path": "",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": raw,
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    sent: list[dict] = []

    async def respond() -> None:
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        never = asyncio.Event()

        async def receive() -> dict:
            if not waiting:
                await never.wait()
            return waiting.pop()

        async def send(event: dict) -> None:
            sent.append(event)

        await asyncio.wait_for(application(scope, receive, send), 20)

    asyncio.run(respond())
    start, *rest = sent
    found = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
    return Answer(start["status"], found, b"".join(event.get("body", b"") for event in rest))


def all_addresses(world: World) -> dict[str, str]:
    """Return an address of each view of the resolver, by its name."""
    samples = world.samples()
    found = {"favicon": "/favicon.ico"}
    for name, arguments in VIEWS.items():
        if name in samples:
            values = samples[name][0]
        elif name in WITHOUT_POST:
            values = world.arguments_of(name)
        else:
            values = {each: ADMIN.get(each, world.post.pk) for each in arguments}
        try:
            found[name] = reverse(name, kwargs=values)
        except NoReverseMatch:
            # Django's admin has patterns without a name: old addresses, and what is none.
            assert name == "favicon" or name.startswith("admin:"), name
    return found
