"""The doorbell: tell all processes, over the channel layer, to look at the change log.

The message carries no content. It may arrive twice or not at all (channel layers deliver at most
once). A process that receives it reads the change log, which is the truth.
"""

import asyncio
import logging
from contextvars import ContextVar
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from bookshelf.counters import COUNTERS
from bookshelf.log import Change
from bookshelf.outages import Outage, in_a_line

logger = logging.getLogger(__name__)

GROUP = "update_notice"
"""The channel layer group that every process's update stream is a member of."""

NOTICE = "update.notice"
"""Type of the message that says: something was written to the change log."""

PRESENCE = "update.presence"
"""Type of the message that tells the other processes who is in which room of this one."""

RING_LIMIT = 0.3
"""Seconds that ringing may take: a frozen Redis must not slow posting down."""

RING_EVERY = 0.05
"""Seconds between two messages of a process that serves. Streams look half as often (100 ms)."""

SERVING_LOOP: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("loop", default=None)
"""The event loop that serves the present request; None elsewhere, such as in a command."""

layer_outage = Outage(logger, "channel layer")
"""Whether the channel layer took the last message of this process."""


def announce(change: Change | None) -> None:
    """Ring the doorbell for `change` when its transaction has been committed; None is no change.

    Call it after a model's verb. It never fails a request: what was committed is in the log, which
    each process also reads every two seconds.
    """
    if change is not None:
        message = {"type": NOTICE, "new_id": change.post_id}
        transaction.on_commit(partial(ring, message), robust=True)


def ring(message: dict[str, Any]) -> None:
    """Send `message` to the group, from synchronous code. Never raises: errors are logged.

    A request does not wait for it: its event loop sends the message.
    """
    loop = SERVING_LOOP.get()
    try:
        if loop is None:
            async_to_sync(send)(message)
        else:
            loop.call_soon_threadsafe(_ring_in, loop, message)
    except Exception as error:
        logger.warning("doorbell not rung type=%s error=%s", message["type"], in_a_line(error))


class _Bell:
    """Rings for the requests of one event loop: at once, and then the newest every RING_EVERY."""

    def __init__(self) -> None:
        self._newest: dict[str, Any] | None = None
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, message: dict[str, Any]) -> None:
        # It stands for those that are waiting: one look at the log finds the changes of all.
        self._newest = message
        if self._ringing is None:
            self._ringing = asyncio.ensure_future(self._ring())

    async def _ring(self) -> None:
        try:
            while (message := self._newest) is not None:
                self._newest = None
                await send(message)
                await asyncio.sleep(RING_EVERY)
        finally:
            self._ringing = None


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, _Bell] = WeakKeyDictionary()


def _ring_in(loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
    """Ring from within the event loop."""
    _bells.setdefault(loop, _Bell()).ring(message)


async def send(message: dict[str, Any], *, group: str = GROUP, within: float = RING_LIMIT) -> bool:
    """Send `message` to a group. Returns whether the layer took it in time; never raises."""
    COUNTERS.doorbells += 1
    try:
        async with asyncio.timeout(within):
            layer = get_channel_layer()
            assert layer is not None  # CHANNEL_LAYERS always names one.
            await layer.group_send(group, message)
    except Exception as error:
        # No traceback: while Redis is gone this is expected, and delivery catches up.
        COUNTERS.failed_doorbells += 1
        layer_outage.record_failure(error)
        return False
    layer_outage.record_recovery()
    return True
