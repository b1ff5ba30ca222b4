"""One reference-counted stream for each event loop: the first use starts it, the last ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from updater.stream import UpdateStream

_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, UpdateStream] = WeakKeyDictionary()


def current() -> UpdateStream | None:
    """Return the stream of the running event loop, if it has any readers."""
    return _streams.get(asyncio.get_running_loop())


@asynccontextmanager
async def shared_stream() -> AsyncIterator[UpdateStream]:
    """Use this event loop's stream: the first user starts it, the last ends it."""
    loop = asyncio.get_running_loop()
    stream = _streams.get(loop)
    if stream is None:
        stream = _streams[loop] = UpdateStream()
        stream.start()
    stream.reference_count += 1
    try:
        yield stream
    finally:
        stream.reference_count -= 1
        if not stream.reference_count and _streams.get(loop) is stream:
            del _streams[loop]
            await stream.stop()
