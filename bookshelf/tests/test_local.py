"""In DEBUG a process answers this machine only, however it was started."""

import os
import subprocess
import sys

import pytest
from channels.testing import ApplicationCommunicator
from django.conf import settings

from bookshelf.local import LocalOnly, is_loopback
from bookshelf.tests.test_settings import OURS, SERVER

LOCAL = [
    ("127.0.0.1", 8000),
    ("127.8.8.8", 8000),
    ("::1", 8000),
    ("::ffff:127.0.0.1", 8000),
    # UNIX sockets, of uvicorn and of Daphne.
    ("/run/bookshelf/1/socket", None),
    None,
]
NETWORK = [
    ("192.0.2.7", 8000),
    ("0.0.0.0", 8000),
    ("2001:db8::7", 8000),
    ("::ffff:192.0.2.7", 8000),
    ("fe80::1%eth0", 8000),
    ("books.example", 8000),
]
PROXIED = [
    (b"x-forwarded-for", b"127.0.0.1"),
    (b"x-forwarded-proto", b"https"),
    (b"X-Forwarded-Host", b"books.example"),
    (b"forwarded", b"for=127.0.0.1"),
    (b"x-real-ip", b"127.0.0.1"),
]


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"books"})


async def ask(kind: str, server, headers=()) -> dict:
    """Return the first event of the answer."""
    scope = {"type": kind, "path": "/", "server": server, "headers": list(headers)}
    communicator = ApplicationCommunicator(LocalOnly(application), scope)
    await communicator.send_input(
        {"type": "http.request" if kind == "http" else "websocket.connect"}
    )
    return await communicator.receive_output()


@pytest.mark.parametrize("server", LOCAL)
async def test_this_machine_is_answered(server):
    assert (await ask("http", server))["status"] == 200
    assert (await ask("websocket", server))["type"] == "websocket.accept"


@pytest.mark.parametrize("server", NETWORK)
async def test_the_network_is_refused(server):
    assert (await ask("http", server))["status"] == 403
    assert (await ask("websocket", server))["type"] == "websocket.close"


@pytest.mark.parametrize("header", PROXIED)
@pytest.mark.parametrize("server", LOCAL)
async def test_who_comes_through_a_proxy_is_refused(server, header):
    assert (await ask("http", server, [header]))["status"] == 403
    assert (await ask("websocket", server, [header]))["type"] == "websocket.close"


async def test_the_refusal_says_what_to_do():
    scope = {"type": "http", "path": "/", "server": ("192.0.2.7", 80), "headers": []}
    communicator = ApplicationCommunicator(LocalOnly(application), scope)
    await communicator.send_input({"type": "http.request"})
    await communicator.receive_output()

    body = (await communicator.receive_output())["body"].decode()

    for word in ("DEBUG_ON_NETWORK=1", "SECRET_KEY", "ALLOWED_HOSTS"):
        assert word in body


@pytest.mark.parametrize(
    ("env", "guarded"),
    [
        ({}, True),
        ({"DEBUG": "1", "REDIS_URL": "redis://localhost/0"}, True),
        ({"DEBUG_ON_NETWORK": "1"}, False),
        (SERVER, False),
    ],
)
def test_what_a_server_is_given_refuses_the_network_in_debug(env, guarded):
    """The application that Daphne and uvicorn are started with, as seen from a network."""
    code = """
import asyncio
from bookshelf.asgi import application
scope = {"type": "http", "method": "GET", "path": "/healthz/", "server": ("192.0.2.7", 80),
         "headers": []}
async def receive(): return {"type": "http.request"}
async def send(event): print(event.get("status", ""))
asyncio.run(application(scope, receive, send))
"""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        **{"env": clean | {"DJANGO_SETTINGS_MODULE": "bookshelf.settings"} | env},
        **{"cwd": settings.BASE_DIR, "capture_output": True, "text": True, "timeout": 30},
    )

    assert ("403" in done.stdout) == guarded, done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "::1"])
def test_these_are_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "books.example", ""])
def test_these_are_not(host):
    assert not is_loopback(host)
