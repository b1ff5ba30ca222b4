"""What nginx lets through, and which client address it passes on: nobody can forge one."""

import asyncio
import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets

from e2e.conftest import need
from e2e.deployed.client import TRUSTING, ask, connect, first_words, get, open_socket, run
from e2e.deployed.site import UVICORN, deployed_site

HERE = ("127.0.0.1", "::1")
PRETENCE = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "Forwarded": "for=203.0.113.7",
}


@pytest.fixture(scope="module", params=[(), (UVICORN,)], ids=["daphne", "uvicorn"])
def server(request, folder):
    """A process that answers with what its scope says about the client."""
    need("nginx", "postgres", "redis")
    mirror = "e2e.deployed.mirror:application"
    with deployed_site(folder, processes=1, drop_ins=request.param, application=mirror) as running:
        yield running


def test_the_address_is_that_of_the_connection(server):
    told = json.loads(get(server, "/").body)

    assert told["client"][0] in HERE
    assert told["scheme"] == "https"


def test_a_client_cannot_pretend_to_be_another(server):
    told = json.loads(get(server, "/", **PRETENCE).body)

    assert told["client"][0] in HERE
    assert told["scheme"] == "https"
    assert "203.0.113.7" not in json.dumps(told)
    assert "evil.example" not in json.dumps(told)


def test_a_socket_cannot_either(server):
    told = first_words(server, PRETENCE)

    assert told["client"][0] in HERE
    assert "203.0.113.7" not in json.dumps(told)


def test_the_socket_is_closed_to_other_users(server):
    (process,) = server.processes

    assert process.folder.stat().st_mode & 0o777 == 0o750


def test_plain_http_is_sent_to_tls(server):
    text = (server.place.etc / "bookshelf.conf").read_text()
    port = int(text.split("listen 127.0.0.1:")[1].split()[0])
    connection = http.client.HTTPConnection("localhost", port, timeout=5)

    answer = ask(connection, "/posts/1/?a=b", headers={"Host": "localhost"})

    assert (answer.status, answer.headers["location"]) == (301, "https://localhost/posts/1/?a=b")


def test_a_name_that_is_not_ours_gets_nothing(server):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        run(shake_hands(server, "evil.example"))
    connection = connect(server)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(connection, "/", headers={"Host": "evil.example"})


async def shake_hands(server, name: str) -> None:
    await asyncio.open_connection("127.0.0.1", server.port, ssl=TRUSTING, server_hostname=name)


def test_a_flood_is_held_back_and_a_page_is_not(server):
    def many(count: int) -> list[int]:
        connection = connect(server)
        return [ask(connection, "/").status for _ in range(count)]

    assert set(many(40)) == {200}
    with ThreadPoolExecutor(8) as threads:
        answers = [status for found in threads.map(many, [75] * 8) for status in found]

    assert set(answers) == {200, 429}
    assert answers.count(200) >= 150


def test_one_address_may_have_three_hundred_sockets(server):
    assert run(sockets_that_stay(server, 300)) == 300


async def sockets_that_stay(server, wanted: int) -> int:
    """Connect until nginx has refused twenty in a row beyond `wanted`; return how many are open."""
    sockets, refused = [], 0
    try:
        while refused < 20 and len(sockets) <= wanted:
            try:
                sockets.append(await open_socket(server, ping_interval=None))
                refused = 0
            except websockets.InvalidStatus as error:
                assert error.response.status_code == 429
                # At first it is the limit on requests, which lets 30 a second through.
                refused += len(sockets) >= wanted
                await asyncio.sleep(0.05)
        return len(sockets)
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
