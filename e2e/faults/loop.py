"""An event loop in a thread of its own: the test's own thread belongs to the browser's driver."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for synchronous code."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # Two hundred pages that poll should wait for the server, not for each other.
        self.loop.set_default_executor(ThreadPoolExecutor(32))
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], *, within: float = 120) -> T:
        """Run `work` to its end and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
