"""A process that serves readers prunes the change log, and goes on when that fails."""

import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from bookshelf.log import Change
from posts.factories import published
from updater import pruning
from updater.stream import UpdateStream
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def age_all() -> None:
    Change.objects.update(at=timezone.now() - timedelta(days=30))


async def test_a_stream_prunes_what_is_old_and_never_the_newest(monkeypatch):
    monkeypatch.setattr(pruning, "PRUNE_EVERY", 0.01)
    for _ in range(3):
        await in_thread(published)
    await in_thread(age_all)
    newest = await in_thread(Change.objects.newest)

    stream = UpdateStream()
    stream.start()
    try:
        async with asyncio.timeout(5):
            while await in_thread(Change.objects.count) > 1:
                await asyncio.sleep(0.01)
    finally:
        await stream.stop()

    assert await in_thread(Change.objects.get) == newest


async def test_a_pruning_that_fails_is_logged_and_tried_again(monkeypatch, caplog):
    monkeypatch.setattr(pruning, "PRUNE_EVERY", 0.01)
    calls: asyncio.Queue = asyncio.Queue()

    async def fail(work):
        calls.put_nowait(work)
        raise OperationalError("the database is away")

    task = asyncio.create_task(pruning.prune_for_ever(fail))
    try:
        async with asyncio.timeout(5):
            for _ in range(3):
                await calls.get()
    finally:
        task.cancel()

    assert "log not pruned error=OperationalError(the database is away)" in caplog.text
    assert "Traceback" not in caplog.text
