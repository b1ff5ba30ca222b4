"""Announcing rings the doorbell: after the commit, and without ever failing a post."""

import asyncio

import pytest
from channels.layers import get_channel_layer
from django.db import transaction

from bookshelf import doorbell
from bookshelf.doorbell import announce
from bookshelf.outages import Outage
from posts.factories import published


class BrokenLayer:
    async def group_send(self, group, message):
        raise ConnectionError("no Redis here")


class FrozenLayer:
    async def group_send(self, group, message):
        await asyncio.Event().wait()


@pytest.fixture
def rung(monkeypatch):
    """What was sent to the group, by way of the real `ring`."""
    messages = []
    layer = get_channel_layer()

    async def group_send(group, message):
        messages.append((group, message))

    monkeypatch.setattr(layer, "group_send", group_send)
    return messages


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_to_the_group_with_the_id_of_its_post(rung):
    post, change = published()

    announce(change)

    assert rung == [("update_notice", {"type": "update.notice", "new_id": post.pk})]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_announced_before_the_commit(rung):
    with transaction.atomic():
        _, change = published()
        announce(change)
        assert rung == []

    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_announced(rung):
    with pytest.raises(RuntimeError), transaction.atomic():
        announce(published()[1])
        raise RuntimeError

    assert rung == []


@pytest.mark.parametrize("layer", [BrokenLayer(), FrozenLayer()])
def test_a_layer_that_is_gone_fails_nothing_and_is_logged(layer, monkeypatch, caplog):
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(doorbell, "layer_outage", Outage(doorbell.logger, "channel layer"))

    doorbell.ring({"type": doorbell.NOTICE, "new_id": 1})

    assert "channel layer lost" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_posting_succeeds_without_a_channel_layer(as_ana, monkeypatch):
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: BrokenLayer())

    response = as_ana.post(
        "/posts/new/", {"title": "Emma", "book_author": "Jane Austen", "body": "Clever."}
    )

    assert response.status_code == 302
    assert "Emma" in as_ana.get("/").content.decode()


async def test_requests_do_not_wait_for_the_doorbell_and_those_that_come_meanwhile_share_one(
    monkeypatch,
):
    sent, gate = [], asyncio.Event()

    async def send(message):
        sent.append(message["new_id"])
        await gate.wait()

    monkeypatch.setattr(doorbell, "send", send)
    serving = doorbell.SERVING_LOOP.set(asyncio.get_running_loop())

    for pk in (1, 2, 3):
        await asyncio.to_thread(doorbell.ring, {"type": doorbell.NOTICE, "new_id": pk})
    await asyncio.sleep(0)
    assert sent == [1]

    gate.set()
    while len(sent) < 2:
        await asyncio.sleep(0)
    await asyncio.to_thread(doorbell.ring, {"type": doorbell.NOTICE, "new_id": 4})
    while len(sent) < 3:
        await asyncio.sleep(0)
    assert sent == [1, 3, 4]
    doorbell.SERVING_LOOP.reset(serving)
