"""The listening side of the doorbell: the process's membership of the channel layer's group.

The layer may be gone, and come back, at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer

from bookshelf.doorbell import GROUP, RING_LIMIT, layer_outage, send

RENEW_EVERY = 600.0
"""Seconds after which membership is renewed: layers forget their members after a day."""

PROBE_EVERY = 10.0
"""Seconds from one probe of the layer to the next, so that an outage is logged. The layer itself
raises nothing: pub/sub connects again by itself."""

PROBE_GROUP = "nobody"
"""A group without members."""

PROBE_LIMIT = 1.0
"""Seconds that the layer may take to answer a probe."""

RETRY_AFTER, RETRY_LIMIT = 1.0, 5.0
"""Seconds to wait after the layer has failed: at first, and at most."""


async def layer_answers() -> bool:
    """Return whether the channel layer takes a message in time."""
    return await send({"type": "nothing"}, group=PROBE_GROUP, within=PROBE_LIMIT)


async def listen(
    *, on_subscribed: Callable[[], None], on_message: Callable[[dict[str, Any]], None]
) -> None:
    """Pass on every message to the group, for ever, whatever happens to the channel layer.

    `on_subscribed` is called when listening begins, and begins again: what was sent before that was
    not received.
    """
    pause = RETRY_AFTER
    while True:
        try:
            async with membership() as messages:
                on_subscribed()
                async for message in messages:
                    pause = RETRY_AFTER
                    on_message(message)
        except Exception as error:
            layer_outage.record_failure(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_LIMIT)


@asynccontextmanager
async def membership() -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Join the group; yield an endless iterator of its messages. Raises what the layer raises."""
    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    tasks = [asyncio.create_task(_renew(layer, channel)), asyncio.create_task(_probe())]
    try:
        yield _messages(layer, channel)
    finally:
        for task in tasks:
            task.cancel()
        # The layer may be gone, too. It forgets a member that does not renew.
        with suppress(Exception):
            async with asyncio.timeout(RING_LIMIT):
                await layer.group_discard(GROUP, channel)


async def _messages(layer: Any, channel: str) -> AsyncIterator[dict[str, Any]]:
    while True:
        # No time limit around this: cancelling it would end the subscription.
        yield await layer.receive(channel)


async def _renew(layer: Any, channel: str) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY)
        try:
            await layer.group_add(GROUP, channel)
        except Exception as error:
            layer_outage.record_failure(error)


async def _probe() -> None:
    while True:
        await asyncio.sleep(PROBE_EVERY)
        await layer_answers()
