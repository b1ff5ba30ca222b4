"""The doorbell: how anything in the project says "look at the log".

The broadcast carries no content. It may ring twice or not at all (channel layers deliver at most
once); who is rung reads the change log, which is the truth.
"""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from bookshelf.tally import TALLY
from bookshelf.trouble import Trouble, in_a_line

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

layer_trouble = Trouble(logger, "channel layer")
"""Whether the channel layer took what was sent last, from wherever in this process."""


def ring(message: dict[str, Any]) -> None:
    """Send `message` to the group, from synchronous code. Never raises: errors are logged."""
    try:
        async_to_sync(send)(message)
    except Exception as error:
        logger.warning("doorbell not rung type=%s error=%s", message["type"], in_a_line(error))


async def send(message: dict[str, Any], *, group: str = GROUP, within: float = RING_LIMIT) -> bool:
    """Send `message` to a group. Returns whether the layer took it in time; never raises."""
    TALLY.doorbells += 1
    try:
        async with asyncio.timeout(within):
            await get_channel_layer().group_send(group, message)
    except Exception as error:
        # No traceback: while Redis is gone this is expected, and delivery catches up.
        TALLY.failed_doorbells += 1
        layer_trouble.met(error)
        return False
    layer_trouble.over()
    return True
