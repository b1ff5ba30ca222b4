"""`/healthz/` tells the truth."""

import pytest
from channels.layers import get_channel_layer
from django.test import AsyncClient, Client

from updater import views
from updater.tests.conftest import in_thread, opened

pytestmark = pytest.mark.django_db(transaction=True)


async def ask():
    """Ask while sockets are open; the view's thread is left without a connection."""
    response = await AsyncClient().get("/healthz/")
    await in_thread(lambda: None)
    return response


def test_all_is_well():
    response = Client().get("/healthz/")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "channel_layer": "ok",
        "stream": {"lag": None, "readers": 0},
    }


async def test_it_counts_readers_and_tells_the_lag():
    async with opened(), opened():
        stream = (await ask()).json()["stream"]

    assert stream["readers"] == 2
    assert 0 <= stream["lag"] < 5


async def test_a_stream_that_does_not_read_is_down(monkeypatch):
    monkeypatch.setattr(views, "MOST_LAG", -1)
    async with opened():
        response = await ask()

    assert response.status_code == 503
    assert response.json()["status"] == "down"


def test_a_dead_database_is_down(monkeypatch):
    monkeypatch.setattr(views, "_answers", lambda: False)

    response = Client().get("/healthz/")

    assert response.status_code == 503
    assert response.json()["database"] == "down"


def test_a_dead_channel_layer_is_degraded_and_serves_on(monkeypatch):
    async def group_send(group, message):
        raise ConnectionError

    monkeypatch.setattr(get_channel_layer(), "group_send", group_send)

    response = Client().get("/healthz/")

    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["channel_layer"] == "down"
