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


class Busy:
    """A view that stays at work until it may go on, and how many are."""

    def __init__(self) -> None:
        self.going_on = threading.Event()
        self.begun = self.at_work = self.most = 0
        self.arrived = threading.Semaphore(0)

    async def has(self, number: int) -> None:
        """Wait for so many requests."""
        for _ in range(number):
            assert await asyncio.to_thread(self.arrived.acquire, timeout=20)

    def __call__(self, request) -> HttpResponse:
        self.begun += 1
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        self.arrived.release()
        assert self.going_on.wait(20)
        self.at_work -= 1
        return HttpResponse("Done.")


def sent_to(handler: OneThreadHandler, number: int) -> list[asyncio.Task]:
    """Send so many requests at once."""

    async def respond(request) -> int:
        async with ThreadSensitiveContext():
            return (await handler.get_response_async(request)).status_code

    return [asyncio.create_task(respond(RequestFactory().get("/busy/"))) for _ in range(number)]


@pytest.fixture
def busy(settings) -> Busy:
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = busy = Busy()
    busy.urlpatterns = [path("busy/", busy)]
    return busy


def test_a_process_works_on_few_requests_at_once(busy, monkeypatch):
    monkeypatch.setattr(handler_module, "PATIENCE", 60)

    async def many() -> list[int]:
        tasks = sent_to(OneThreadHandler(), 12)
        await busy.has(AT_ONCE)
        busy.going_on.set()
        return [await task for task in tasks]

    assert asyncio.run(many()) == [200] * 12
    assert busy.most == AT_ONCE


def test_who_has_waited_long_enough_begins_while_others_are_stuck(busy, monkeypatch):
    monkeypatch.setattr(handler_module, "PATIENCE", 0.01)

    async def many() -> list[int]:
        tasks = sent_to(OneThreadHandler(), 12)
        await busy.has(12)
        busy.going_on.set()
        return [await task for task in tasks]

    assert asyncio.run(many()) == [200] * 12


def test_who_leaves_while_waiting_takes_no_turn_along(busy, monkeypatch):
    monkeypatch.setattr(handler_module, "PATIENCE", 60)

    async def some_leave() -> list[int]:
        handler = OneThreadHandler()
        working = sent_to(handler, AT_ONCE)
        await busy.has(AT_ONCE)
        leaving, staying = sent_to(handler, 3), sent_to(handler, 3)
        # Each has begun to wait.
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        await asyncio.wait(leaving)
        busy.going_on.set()
        return [await task for task in working + staying]

    assert asyncio.run(some_leave()) == [200] * (AT_ONCE + 3)
    assert busy.begun == AT_ONCE + 3
