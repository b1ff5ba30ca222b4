"""Listening to the doorbell, on a channel layer that fails, forgets, and comes back."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from channels.layers import get_channel_layer

from bookshelf.doorbell import GROUP, NOTICE, layer_outage
from updater import subscription

MESSAGE = {"type": NOTICE, "new_id": 1}


class Listener:
    """What is received, and how often listening began."""

    def __init__(self) -> None:
        self.subscribed = 0
        self.received: asyncio.Queue[dict] = asyncio.Queue()

    def on_subscribed(self) -> None:
        self.subscribed += 1


@asynccontextmanager
async def listening():
    listener = Listener()
    task = asyncio.create_task(
        subscription.listen(
            on_subscribed=listener.on_subscribed, on_message=listener.received.put_nowait
        )
    )
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
def layer():
    return get_channel_layer()


@pytest.fixture(autouse=True)
def no_outage():
    layer_outage.record_recovery()
    yield
    layer_outage.record_recovery()


async def test_what_is_sent_to_the_group_is_received(layer):
    async with listening() as listener:
        await until(lambda: listener.subscribed)
        await layer.group_send(GROUP, MESSAGE)

        assert await asyncio.wait_for(listener.received.get(), 5) == MESSAGE


async def test_a_layer_that_fails_is_joined_again_and_the_log_is_read_again(
    layer, monkeypatch, caplog
):
    monkeypatch.setattr(subscription, "RETRY_AFTER", 0.01)
    receive, failures = layer.receive, []

    async def fail_three_times(channel):
        if len(failures) < 3:
            failures.append(channel)
            raise ConnectionError("the layer is away")
        return await receive(channel)

    monkeypatch.setattr(layer, "receive", fail_three_times)
    async with listening() as listener:
        await until(lambda: listener.subscribed == 4)
        await layer.group_send(GROUP, MESSAGE)

        assert await asyncio.wait_for(listener.received.get(), 5) == MESSAGE
    # One line for the outage, whatever the number of failures.
    assert caplog.text.count("channel layer lost error=ConnectionError") == 1


async def test_a_member_whom_the_layer_has_forgotten_is_one_again(layer, monkeypatch):
    monkeypatch.setattr(subscription, "RENEW_EVERY", 0.01)
    channels, group_add = [], layer.group_add

    async def note(group, channel):
        channels.append(channel)
        await group_add(group, channel)

    monkeypatch.setattr(layer, "group_add", note)
    async with listening() as listener:
        await until(lambda: listener.subscribed)
        await layer.group_discard(GROUP, channels[0])
        renewed = len(channels)
        await until(lambda: len(channels) > renewed + 1)
        await layer.group_send(GROUP, MESSAGE)

        assert await asyncio.wait_for(listener.received.get(), 5) == MESSAGE
    assert len(set(channels)) == 1


async def test_an_outage_is_noticed_by_a_renewal_and_its_end_by_a_probe(layer, monkeypatch):
    monkeypatch.setattr(subscription, "RENEW_EVERY", 0.01)
    async with listening() as listener:
        await until(lambda: listener.subscribed)

    group_add, away = layer.group_add, []

    async def fail_while_away(group, channel):
        if away:
            raise ConnectionError("the layer is away")
        await group_add(group, channel)

    monkeypatch.setattr(layer, "group_add", fail_while_away)
    async with listening() as listener:
        await until(lambda: listener.subscribed)
        away.append(True)
        await until(lambda: layer_outage.is_ongoing)
        away.clear()
        # It goes on listening.
        await layer.group_send(GROUP, MESSAGE)
        assert await asyncio.wait_for(listener.received.get(), 5) == MESSAGE
        assert layer_outage.is_ongoing

    monkeypatch.setattr(subscription, "PROBE_EVERY", 0.01)
    async with listening():
        await until(lambda: not layer_outage.is_ongoing)
