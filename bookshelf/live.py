"""The doorbell: how anything in the project says "look at the log".

The broadcast carries no content. It may ring twice or not at all (channel layers deliver at most
once); who is rung reads the change log, which is the truth.
"""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GROUP = "update_notice"
"""The channel layer group that every process's update stream is a member of."""

NOTICE = "update.notice"
"""Type of the message that says: something was written to the change log."""

SESSION_NOTICE = "update.session"
"""Type of the message that says: look again whether this user's sockets are still signed in."""

PRESENCE = "update.presence"
"""Type of the message by which a process tells the others who is in which room there."""

RING_LIMIT = 0.3
"""Seconds that ringing may take: a frozen Redis must not slow posting down."""


def ring(message: dict[str, Any]) -> None:
    """Send `message` to the group, from synchronous code. Never raises: errors are logged."""
    try:
        async_to_sync(send)(message)
    except Exception as error:
        # One line, no traceback: while Redis is gone this is expected, and delivery catches up.
        logger.warning("doorbell not rung type=%s error=%r", message["type"], error)


async def send(message: dict[str, Any]) -> None:
    """Send `message` to the group. Raises what the layer raises; TimeoutError after RING_LIMIT."""
    async with asyncio.timeout(RING_LIMIT):
        await get_channel_layer().group_send(GROUP, message)
