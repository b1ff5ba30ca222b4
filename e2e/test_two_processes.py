"""Stories of two processes that have nothing in common but a database, and perhaps a Redis."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import Visitor
from e2e.server import DEVELOPMENT, daphne_server
from e2e.services import redis_server
from e2e.test_rooms import here, line, opens_the_room, shows, shows_the_name


@pytest.fixture(scope="module")
def two_hosts(tmp_path_factory):
    """Two processes over one database and one Redis."""
    folder: Path = tmp_path_factory.mktemp("hosts")
    with redis_server(folder) as redis:
        env = DEVELOPMENT | {"REDIS_URL": redis.url}
        with daphne_server(folder, env=env) as first, daphne_server(folder, env=env) as second:
            yield first, second


def test_two_processes_show_the_same_and_a_killed_ones_readers_vanish(browser, two_hosts):
    first, second = two_hosts
    author = Visitor(browser, first.url).signs_up("dora").posts("The Mill on the Floss")
    shows_the_name(author, "Dora")
    address = opens_the_room(author, "The Mill on the Floss")
    author.is_live()
    guest = Visitor(browser, second.url)
    guest.reads(address.removeprefix(first.url))
    for each in (author, guest):
        shows(here(each), "Dora and 1 guest are here")
    tab = author.context.new_page()
    tab.goto(address.replace(first.url, second.url))
    shows(tab.locator(".presence-here"), "Dora and 1 guest are here")
    tab.close()

    first.kill()

    shows(here(guest), "You are the only one here", timeout=60_000)
    expect(line(guest)).to_have_count(0)
    guest.has_not_reloaded()
    assert guest.complaints == []
    author.context.close()
    guest.context.close()


@pytest.fixture(scope="module")
def two_without_redis(tmp_path_factory):
    """Two processes over one database; neither hears of the other."""
    folder: Path = tmp_path_factory.mktemp("strangers")
    with (
        daphne_server(folder, env=DEVELOPMENT) as first,
        daphne_server(folder, env=DEVELOPMENT) as second,
    ):
        yield first, second


def test_a_log_out_on_one_process_closes_the_sockets_on_another(browser, two_without_redis):
    first, second = two_without_redis
    # One browser: a cookie is for all ports of a host.
    reader = Visitor(browser, first.url).signs_up("dora")
    tab = reader.context.new_page()
    with tab.expect_websocket() as opened:
        tab.goto(second.url)
    shows(tab.locator("#conn"), "live")

    with opened.value.expect_event("close", timeout=2_000):
        reader.sends("/accounts/logout/")

    # It connects again, as a guest's.
    shows(tab.locator("#conn"), "live")
    reader.context.close()
