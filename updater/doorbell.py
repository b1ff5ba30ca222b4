"""The process's membership of the group, on a channel layer that may be gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer

from bookshelf.live import GROUP, RING_LIMIT, layer_trouble, send

RENEW_EVERY = 600.0
"""Seconds after which membership is renewed: layers forget their members after a day."""

ASK_EVERY = 10.0
"""Seconds after which the layer is asked whether it is there, so that the log tells when it is
not. The layer itself says nothing: pub/sub connects again by itself."""

NOBODY = "nobody"
"""A group without members."""

LAYER_LIMIT = 1.0
"""Seconds that the layer may take to answer who only asks."""


async def layer_answers() -> bool:
    """Whether the channel layer takes a message for nobody."""
    return await send({"type": "nothing"}, group=NOBODY, within=LAYER_LIMIT)


@asynccontextmanager
async def membership() -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Join the group; gives an endless iterator of its messages. Raises what the layer raises."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    tasks = [asyncio.create_task(_renew(layer, channel)), asyncio.create_task(_ask())]
    try:
        yield _messages(layer, channel)
    finally:
        for task in tasks:
            task.cancel()
        # The layer may be gone, too; it forgets who does not renew.
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
            layer_trouble.met(error)


async def _ask() -> None:
    while True:
        await asyncio.sleep(ASK_EVERY)
        await layer_answers()
