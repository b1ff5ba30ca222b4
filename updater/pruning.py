"""The processes that serve readers also prune the change log, so that nobody needs a cron job."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bookshelf.log import Change
from bookshelf.outages import in_a_line

logger = logging.getLogger(__name__)

PRUNE_EVERY = 3600.0
"""Seconds from one pruning to the next."""


async def prune_for_ever(in_thread: Callable[..., Awaitable[Any]]) -> None:
    """Prune the change log every PRUNE_EVERY seconds. A failure is logged and tried again."""
    while True:
        await asyncio.sleep(PRUNE_EVERY)
        await prune(in_thread)


async def prune(in_thread: Callable[..., Awaitable[Any]]) -> None:
    """Prune the change log once. Never raises: errors are logged."""
    try:
        pruned = await in_thread(Change.objects.prune)
        logger.info("log pruned changes=%d", pruned)
    except Exception as error:
        logger.warning("log not pruned error=%s", in_a_line(error))
