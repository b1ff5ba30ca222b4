"""The one thread in which a stream waits for the database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from django.db import Error as DatabaseError
from django.db import connections

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DatabaseThread:
    """Runs work one after another, so that a query that blocks elsewhere holds up nothing here."""

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="update-stream")

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """Run `work` after what came before it, and return what it returns."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work, *args)
        except DatabaseError:
            # The connection may be broken; the next query opens another one.
            await loop.run_in_executor(self._executor, connections.close_all)
            raise

    async def close(self) -> None:
        """Close the thread's database connection, and end it."""
        await self.run(connections.close_all)
        self._executor.shutdown(wait=False)
