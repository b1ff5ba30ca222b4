"""A client that speaks the protocols to nginx, without a browser."""

import asyncio
import http.client
import json
import ssl
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import websockets

from e2e.deployed.site import DeployedSite

T = TypeVar("T")

TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


def connect(site: DeployedSite) -> http.client.HTTPSConnection:
    """Return a connection to nginx, for several requests."""
    return http.client.HTTPSConnection("localhost", site.port, timeout=20, context=TRUSTING)


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    *,
    method: str = "GET",
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send one request and return the answer."""
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, found, response.read())


def get(site: DeployedSite, path: str, **headers: str) -> Answer:
    """GET from nginx; `X_Real_IP="…"` sends the header X-Real-IP."""
    connection = connect(site)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(connection, path, headers=sent)
    finally:
        connection.close()


def open_socket(site: DeployedSite, path: str = "/ws/", **options: Any) -> Coroutine:
    """Connect a WebSocket through nginx."""
    return websockets.connect(
        f"wss://localhost:{site.port}{path}",
        **{"ssl": TRUSTING, "origin": site.url, "open_timeout": 20, "proxy": None, **options},
    )


def first_words(site: DeployedSite, headers: dict[str, str]) -> dict:
    """Return what the mirror says to a WebSocket."""

    async def listen() -> str:
        async with open_socket(site, additional_headers=headers) as socket:
            return await asyncio.wait_for(socket.recv(), 10)

    return json.loads(run(listen()))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread: in this one the browser's driver has an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
