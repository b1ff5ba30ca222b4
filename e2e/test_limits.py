"""Rate limits over several processes, with Redis, without it, and while it is gone."""

import http.client
import logging
import re
import time
from urllib.parse import urlencode

import pytest
from django.core.cache import caches

from bookshelf import cache as shared_cache
from bookshelf.cache import RedisOrDatabaseCache
from bookshelf.models import CacheEntry
from bookshelf.outages import Outage
from e2e.conftest import need
from e2e.server import DEVELOPMENT, DaphneServer, daphne_server
from e2e.services import redis_server

LIMITED = DEVELOPMENT | {"RATE_LIMITS": "1"}


class Guesser:
    """Somebody who guesses passwords, at whichever process answers."""

    def __init__(self) -> None:
        self.slowest = 0.0

    def _ask(self, server: DaphneServer, method: str, body: str = "", **headers: str) -> tuple:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.request(method, "/accounts/login/", body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def guess(self, server: DaphneServer, times: int = 5, login: str = "cleo") -> int:
        """Guess so often; return how many of the guesses were looked at."""
        _, headers, page = self._ask(server, "GET")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        cookie = headers["Set-Cookie"].partition(";")[0]
        form = {"csrfmiddlewaretoken": token, "login": login, "password": "wrong"}
        sent = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        answers = []
        for _ in range(times):
            start = time.monotonic()
            status, _, page = self._ask(server, "POST", urlencode(form), **sent)
            self.slowest = max(self.slowest, time.monotonic() - start)
            assert status == 200
            assert "not correct" in page or "Too many failed" in page
            answers.append("not correct" in page)
        return sum(answers)


def test_two_processes_without_redis_count_together(tmp_path):
    with (
        daphne_server(tmp_path, env=LIMITED) as first,
        daphne_server(tmp_path, env=LIMITED) as other,
    ):
        guesser = Guesser()

        assert guesser.guess(first) == 5
        assert guesser.guess(other) == 0


def test_two_processes_with_redis_count_together_and_while_it_is_gone(tmp_path):
    need("redis")
    with redis_server(tmp_path) as redis:
        env = LIMITED | {"REDIS_URL": redis.url}
        with daphne_server(tmp_path, env=env) as first, daphne_server(tmp_path, env=env) as other:
            guesser = Guesser()
            assert guesser.guess(first) == 5
            assert guesser.guess(other) == 0

            redis.freeze()
            assert guesser.guess(other, login="ben") == 5
            assert guesser.guess(first, login="ben") == 0
            redis.kill()
            assert guesser.guess(first, login="dora") == 5
            assert guesser.guess(other, login="dora") == 0

            assert guesser.slowest < 5
            for server in (first, other):
                assert server.log.read_text().count("shared cache lost") == 1


# --- The cache itself -----------------------------------------------------------


@pytest.fixture
def shared(db, monkeypatch):
    """Make such a cache, as a process that has just started."""
    need("redis")
    monkeypatch.setattr(RedisOrDatabaseCache, "_ask_redis_at", 0.0)
    outage = Outage(logging.getLogger("bookshelf.cache"), "shared cache")
    monkeypatch.setattr(shared_cache, "redis_outage", outage)

    def make(url: str) -> RedisOrDatabaseCache:
        return RedisOrDatabaseCache(url, {})

    return make


def test_redis_is_used_where_there_is_one(shared, tmp_path):
    with redis_server(tmp_path) as redis:
        first, second = shared(redis.url), shared(redis.url)
        first.set("colour", "green", 60)

        assert second.get("colour") == "green"
        assert not second.add("colour", "red", 60)
        assert second.has_key("colour")
        assert second.touch("colour", 60)
        assert second.delete("colour")
        assert first.get("colour", "none") == "none"
        assert not CacheEntry.objects.exists()


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_without_an_answer_of_redis_the_database_is_used(shared, tmp_path, caplog, fault):
    with redis_server(tmp_path) as redis:
        cache = shared(redis.url)
        cache.set("colour", "green", 60)
        getattr(redis, fault)()

        start = time.monotonic()
        for number in range(20):
            assert cache.add(f"key-{number}", number, 60)
            assert not cache.add(f"key-{number}", number, 60)
        assert time.monotonic() - start < 5

        assert [record.getMessage()[:17] for record in caplog.records] == ["shared cache lost"]


def test_a_redis_that_is_back_is_used_again(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(shared_cache, "RETRY_AFTER", 0.0)
    with redis_server(tmp_path) as redis:
        cache = shared(redis.url)
        redis.kill()
        cache.set("colour", "red", 60)
        redis.start()
        cache.set("colour", "green", 60)

        assert cache.get("colour") == "green"
        assert caches["database"].get("colour") == "red"
