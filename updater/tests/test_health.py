"""`/healthz/` reports the truth, at once; `/metrics` needs the token."""

import asyncio
import json
import threading

import pytest
from channels.layers import get_channel_layer
from channels.testing import HttpCommunicator
from django.db import OperationalError

from bookshelf.asgi import application
from posts.factories import published
from updater import health
from updater.shutdown import GracefulShutdown
from updater.tests.conftest import opened
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "a token of some length"


async def ask(path: str = "/healthz/", *, method: str = "GET", token: str | None = None):
    """Ask as a probe does, which names the host by an address that is not among ours."""
    headers = [(b"host", b"192.0.2.7:8000")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    request = HttpCommunicator(application, method, path, headers=headers)
    return await request.get_response(timeout=5)


async def health_report() -> dict:
    return json.loads((await ask())["body"])


async def test_all_is_well():
    response = await ask()

    assert response["status"] == 200
    assert json.loads(response["body"]) == {
        "status": "ok",
        "database": "ok",
        "channel_layer": "ok",
        "mail": {"waiting": 0, "age": 0, "failed": 0},
        "stream": {"lag": None, "readers": 0},
    }


async def test_a_probe_may_ask_for_the_head_only_and_may_not_write():
    assert (await ask(method="HEAD"))["status"] == 200
    assert (await ask(method="HEAD"))["body"] == b""
    assert (await ask(method="POST"))["status"] == 405


async def test_it_reports_readers_and_lag():
    async with opened(), opened():
        stream = (await health_report())["stream"]

    assert stream["readers"] == 2
    assert 0 <= stream["lag"] < 5


async def test_a_stream_that_does_not_read_is_down(monkeypatch):
    monkeypatch.setattr(health, "MOST_LAG", -1)
    async with opened():
        response = await ask()

    assert response["status"] == 503
    assert json.loads(response["body"])["status"] == "down"


class DeadConnection:
    """A connection to a database that is away."""

    def cursor(self):
        raise OperationalError("connection refused")


async def test_a_dead_database_is_down_and_comes_back(monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(health, "connection", DeadConnection())
        response = await ask()

    assert response["status"] == 503
    assert json.loads(response["body"])["database"] == "down"
    assert "database lost error=OperationalError(connection refused)" in caplog.text
    assert (await health_report())["status"] == "ok"
    assert "database back" in caplog.text


async def test_a_process_that_stops_reports_it():
    shutdown = GracefulShutdown(application)
    shutdown.stopping = True
    request = HttpCommunicator(health.HealthEndpoints(shutdown), "GET", "/healthz/")
    response = await request.get_response(timeout=5)

    assert response["status"] == 503
    report = json.loads(response["body"])
    assert (report["status"], report["database"]) == ("stopping", "ok")


async def test_a_frozen_database_is_down_and_is_asked_once_however_many_probes_come(monkeypatch):
    thawed = threading.Event()
    asked = []

    def hang() -> bool:
        asked.append(1)
        return thawed.wait(20)

    monkeypatch.setattr(health, "_database_answers", hang)
    try:
        async with asyncio.timeout(2):
            reports = await asyncio.gather(*(health_report() for _ in range(20)))
        assert {report["database"] for report in reports} == {"down"}
        assert len(asked) == 1
    finally:
        thawed.set()
    assert (await health_report())["status"] == "ok"


async def test_a_dead_channel_layer_is_degraded_and_serves_on(monkeypatch):
    async def group_send(group, message):
        raise ConnectionError

    monkeypatch.setattr(get_channel_layer(), "group_send", group_send)

    response = await ask()

    assert response["status"] == 200
    assert json.loads(response["body"])["status"] == "degraded"
    assert json.loads(response["body"])["channel_layer"] == "down"


async def test_a_frozen_channel_layer_is_degraded_at_once(monkeypatch):
    async def group_send(group, message):
        await asyncio.sleep(60)

    monkeypatch.setattr(get_channel_layer(), "group_send", group_send)

    async with asyncio.timeout(2):
        assert (await health_report())["status"] == "degraded"


# --- Metrics --------------------------------------------------------------------------------------


@pytest.fixture
def with_token(settings):
    settings.METRICS_TOKEN = TOKEN


def numbers(response) -> dict[str, float]:
    """Read Prometheus's format: the plain lines of it."""
    lines = response["body"].decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


@pytest.mark.parametrize("token", [None, "", "another token of some length"])
async def test_metrics_are_not_for_the_public(settings, token):
    settings.ALLOWED_HOSTS = ["192.0.2.7"]
    assert (await ask("/metrics", token=token))["status"] == 404

    settings.METRICS_TOKEN = TOKEN
    assert (await ask("/metrics", token=token))["status"] == 404


async def test_metrics_report_what_the_process_does(with_token):
    assert (await health_report())["status"] == "ok"
    before = numbers(await ask("/metrics", token=TOKEN))
    async with opened() as page, opened() as other:
        _, change = await in_thread(published, title="Dune")
        await page.sees("Dune")
        await other.sees("Dune")
        after = numbers(await ask("/metrics", token=TOKEN))

    assert after["bookshelf_readers"] == 2
    assert after["bookshelf_log_seq"] == change.seq
    assert 0 <= after["bookshelf_log_lag_seconds"] < 5
    assert after["bookshelf_database_up"] == after["bookshelf_channel_layer_up"] == 1
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown["bookshelf_sockets_total"] == 2
    assert grown["bookshelf_frames_total"] == 4
    # The post, and the mark in the title.
    assert grown["bookshelf_renderings_total"] == 2
    assert grown["bookshelf_readings_total"] >= 2
    assert grown["bookshelf_polls_total"] == grown["bookshelf_resets_total"] == 0
