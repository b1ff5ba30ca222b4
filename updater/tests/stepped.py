"""A thread and tabs that take their steps when a test tells them to."""

import asyncio
from concurrent.futures import Executor, Future

from bookshelf.log import Cursor
from updater.reader import Reader
from updater.stream import UpdateStream
from updater.tests.page import Page


class SteppedThread(Executor):
    """Runs a job in two steps when told to: the work itself, and the news of its end."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future, object]] = []
        self.done: list[tuple[Future, object]] = []

    def submit(self, work, /, *args, **kwargs) -> Future:
        future: Future = Future()
        self.jobs.append((future, lambda: work(*args, **kwargs)))
        return future

    def work(self) -> None:
        future, job = self.jobs.pop(0)
        try:
            outcome = (future.set_result, job())
        except Exception as error:
            outcome = (future.set_exception, error)
        self.done.append(outcome)

    def report(self) -> None:
        tell, outcome = self.done.pop(0)
        tell(outcome)


class Tab:
    """A browser tab: a page, and a connection that may be slow or gone."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.page: Page | None = None
        self.loading: str | None = None
        self.drawn_before: str | None = None
        self.reader: Reader | None = None
        self.drained: asyncio.Event | None = None

    def connect(self, stream: UpdateStream) -> None:
        drained = asyncio.Event()
        drained.set()

        async def send(event) -> None:
            await drained.wait()
            # What was on its way when the connection broke is lost.
            if self.reader is reader:
                self.page.apply(event["text"])

        reader = Reader(send, self.page.topics)
        self.reader, self.drained = reader, drained
        stream.join(reader, Cursor.parse(self.page.cursor))

    def disconnect(self, stream: UpdateStream) -> None:
        stream.leave(self.reader)
        self.reader = None
