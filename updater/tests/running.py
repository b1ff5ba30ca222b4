"""Running what a test needs: in a thread, and until nothing is left to do."""

import asyncio
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections


async def in_thread(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do what a request does, in a thread, and leave no connection to the database behind."""

    def run() -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(run)()


async def settled() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)
