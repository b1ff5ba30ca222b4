"""The cache that all processes share, in the database. With Redis: e2e/test_limits.py."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.core.internal.ratelimit import consume
from django.core.cache import caches
from django.db import connections
from django.test import RequestFactory
from redis import ConnectionError

from bookshelf.cache import PooledRedisCache, redis_client
from bookshelf.models import CacheEntry


def test_migrate_makes_the_table(db):
    caches["database"].set("colour", "green", 60)

    assert caches["database"].get("colour") == "green"
    assert CacheEntry.objects.count() == 1


def test_the_table_does_not_grow_without_end(db, monkeypatch):
    monkeypatch.setattr(caches["database"], "_max_entries", 30)

    for number in range(100):
        caches["database"].set(f"key-{number}", number, 60)

    assert CacheEntry.objects.count() <= 31


def test_all_of_a_process_share_one_client_of_redis():
    """Django's private `_cache` and `_servers` say so: see docs/dependencies.md."""
    nobody, before = "redis://127.0.0.1:1/0", redis_client.cache_info()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            PooledRedisCache(nobody, {}).get("colour")
        with pytest.raises(ConnectionError):
            PooledRedisCache(nobody, {}).incr("colour")

    made = redis_client.cache_info()
    assert (made.misses - before.misses, made.hits - before.hits) == (1, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rate", ["5/h/ip", "5/h/key"])
def test_of_many_attempts_at_the_same_moment_only_so_many_get_through(settings, rate):
    """As many connections as processes would have."""
    settings.CACHES = dict.fromkeys(settings.CACHES, settings.DATABASE_CACHE)

    def attempt(_: int) -> bool:
        request = RequestFactory().post("/accounts/login/", REMOTE_ADDR="192.0.2.7")
        try:
            config = {"login_failed": rate}
            return bool(consume(request, app="x", action="login_failed", config=config, key="cleo"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        allowed = list(threads.map(attempt, range(12)))

    assert 1 <= allowed.count(True) <= 5
