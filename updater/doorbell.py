"""The process's membership of the group, on a channel layer that may be gone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer

from bookshelf.live import GROUP, RING_LIMIT

logger = logging.getLogger(__name__)

RENEW_EVERY = 600.0
"""Seconds after which membership is renewed: layers forget their members after a day."""


@asynccontextmanager
async def membership() -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Join the group; gives an endless iterator of its messages. Raises what the layer raises."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    renewing = asyncio.create_task(_renew(layer, channel))
    try:
        yield _messages(layer, channel)
    finally:
        renewing.cancel()
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
            logger.warning("membership not renewed error=%r", error)
