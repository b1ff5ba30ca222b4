"""A request stays on one thread, so its database connection goes back to the pool."""

import threading

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path

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
