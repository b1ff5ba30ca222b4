"""Which stream a socket attends: its event loop's. The first starts it, the last ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from updater.stream import UpdateStream

_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, UpdateStream] = WeakKeyDictionary()


def current() -> UpdateStream | None:
    """The stream of the running event loop, if it has any readers."""
    return _streams.get(asyncio.get_running_loop())


@asynccontextmanager
async def attending() -> AsyncIterator[UpdateStream]:
    """Take part in this event loop's stream: the first who does starts it, the last ends it."""
    loop = asyncio.get_running_loop()
    stream = _streams.get(loop)
    if stream is None:
        stream = _streams[loop] = UpdateStream()
        stream.start()
    stream.attendants += 1
    try:
        yield stream
    finally:
        stream.attendants -= 1
        if not stream.attendants and _streams.get(loop) is stream:
            del _streams[loop]
            await stream.stop()
