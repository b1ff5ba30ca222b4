"""A request stays on one thread, so its connection goes back to the pool; and few run at once."""

import asyncio
import threading

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

import bookshelf.handler as handler_module
from bookshelf.counters import COUNTERS
from bookshelf.handler import AT_ONCE, OneThreadHandler
from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World

# Requests have a connection of their own.
pytestmark = pytest.mark.django_db(transaction=True)

ERRORS = {
    "missing": Http404("none"),
    "forbidden": PermissionDenied("not you"),
    "bad": BadRequest("what?"),
    "suspicious": SuspiciousOperation("hm"),
    "broken": RuntimeError("an error of ours"),
}
threads: dict[str, threading.Thread] = {}


def fail(request, what):
    threads["view"] = threading.current_thread()
    raise ERRORS[what]


def error_page(request, exception=None):
    threads["error page"] = threading.current_thread()
    return HttpResponse("No.", status=400)


urlpatterns = [path("<str:what>/", fail)]
handler400 = handler403 = handler404 = handler500 = error_page


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_page_is_drawn_on_the_thread_of_its_view(settings, what):
    settings.ROOT_URLCONF = __name__
    threads.clear()

    assert ask(f"/{what}/").status == 400
    assert threads["error page"] is threads["view"]


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("who", ["guest", "ana"])
def test_each_response_gives_its_connection_back(settings, tmp_path, who):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    client = Client()
    if who == "ana":
        client.force_login(world.ana)

    def in_use() -> int:
        stats = connection.pool.get_stats()
        return stats["pool_size"] - stats["pool_available"]

    before = in_use()
    kept = {}
    for name, address in all_addresses(world).items():
        for method in ("GET", "POST"):
            ask(address, method=method, client=client)
            if in_use() > before:
                kept[method, name] = in_use()
                before = in_use()

    assert kept == {}


# --- Few at once

FOR_EVER = 3_600
MANY = 12


class Busy:
    """A view that stays at work until it may go on, and how many are."""

    def __init__(self) -> None:
        self.going_on = threading.Event()
        self.begun = self.at_work = self.most = 0
        self.lock = threading.Lock()
        self.arrived = threading.Semaphore(0)

    async def has(self, number: int) -> None:
        """Wait for so many more requests."""
        for _ in range(number):
            assert await asyncio.to_thread(self.arrived.acquire, timeout=10)

    def __call__(self, request) -> HttpResponse:
        with self.lock:
            self.begun += 1
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.arrived.release()
        assert self.going_on.wait(10)
        with self.lock:
            self.at_work -= 1
        return HttpResponse("Done.")


@pytest.fixture
def busy(settings, monkeypatch) -> Busy:
    """The view of a site without middleware, on which nothing times out."""
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = busy = Busy()
    busy.urlpatterns = [path("busy/", busy)]
    monkeypatch.setattr(handler_module, "WAIT_TIMEOUT", FOR_EVER)
    monkeypatch.setattr(handler_module, "SLOT_TIMEOUT", FOR_EVER)
    return busy


def sent_to(handler: OneThreadHandler, number: int, method: str = "GET") -> list[asyncio.Task]:
    """Send so many requests at once."""

    async def respond() -> int:
        request = RequestFactory().generic(method, "/busy/")
        async with ThreadSensitiveContext():
            return (await handler.get_response_async(request)).status_code

    return [asyncio.create_task(respond()) for _ in range(number)]


def run(story) -> list[int]:
    """Run it, unless it hangs."""
    return asyncio.run(asyncio.wait_for(story(OneThreadHandler()), 10))


async def settled() -> None:
    """Have the event loop do all that is to be done now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def waiting(tasks: list[asyncio.Task]) -> list[asyncio.Task]:
    """Return tasks when each of them waits for a slot."""
    await settled()
    return tasks


async def left(tasks: list[asyncio.Task]) -> None:
    """Have the clients of these requests leave."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def test_a_process_works_on_few_requests_at_once(busy):
    async def many(handler) -> list[int]:
        tasks = sent_to(handler, MANY)
        await busy.has(AT_ONCE)
        busy.going_on.set()
        return await asyncio.gather(*tasks)

    assert run(many) == [200] * MANY
    assert busy.most == AT_ONCE


def test_who_has_waited_long_enough_begins_while_others_are_stuck(busy, monkeypatch):
    monkeypatch.setattr(handler_module, "WAIT_TIMEOUT", 0.01)
    before = COUNTERS.requests_over_limit

    async def many(handler) -> list[int]:
        tasks = sent_to(handler, MANY)
        await busy.has(MANY)
        busy.going_on.set()
        return await asyncio.gather(*tasks)

    assert run(many) == [200] * MANY
    assert COUNTERS.requests_over_limit - before == MANY - AT_ONCE


def test_who_is_stuck_holds_others_up_once(busy, monkeypatch):
    monkeypatch.setattr(handler_module, "SLOT_TIMEOUT", 0.01)

    async def one_after_another(handler) -> list[int]:
        stuck = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        others = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        busy.going_on.set()
        return await asyncio.gather(*stuck, *others)

    assert run(one_after_another) == [200] * 2 * AT_ONCE


def test_who_disconnects_while_waiting_takes_no_slot_along(busy):
    async def some_leave(handler) -> list[int]:
        working = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        leaving, staying = await waiting(sent_to(handler, 3)), sent_to(handler, 3)
        await left(leaving)
        busy.going_on.set()
        return await asyncio.gather(*working, *staying)

    assert run(some_leave) == [200] * (AT_ONCE + 3)
    assert busy.begun == AT_ONCE + 3


def test_what_somebody_sent_is_stored_when_they_disconnect_while_it_waits(busy):
    async def one_leaves(handler) -> list[int]:
        working = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        [posting] = await waiting(sent_to(handler, 1, "POST"))
        posting.cancel()
        await busy.has(1)
        busy.going_on.set()
        await asyncio.wait([posting])
        return await asyncio.gather(*working)

    assert run(one_leaves) == [200] * AT_ONCE
    assert busy.begun == AT_ONCE + 1


def test_who_disconnects_frees_no_slot_before_the_thread_ends(busy):
    async def some_disconnect(handler) -> list[int]:
        leaving = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        for task in leaving:
            task.cancel()
        await settled()
        others = await waiting(sent_to(handler, AT_ONCE))
        busy.going_on.set()
        await asyncio.wait(leaving)
        return await asyncio.gather(*others)

    assert run(some_disconnect) == [200] * AT_ONCE
    assert busy.most == AT_ONCE
