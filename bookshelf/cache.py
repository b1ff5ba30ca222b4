"""The cache that all processes share: Redis and, while it does not answer, the database.

The sign-in limits count in it. A cache that returned nothing while Redis is gone would let anybody
guess; one that raised would let nobody sign in.
"""

import logging
import time
from functools import cache
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from bookshelf.outages import Outage

ANSWER_WITHIN = 0.3
"""Seconds that Redis may take to connect, and to answer."""

RETRY_AFTER = 5.0
"""Seconds after which a Redis that did not answer is tried again."""

redis_outage = Outage(logging.getLogger(__name__), "shared cache")


@cache
def redis_client(url: str) -> RedisCacheClient:
    """Return this process's client: Django would open a connection for each thread."""
    return RedisCacheClient(
        [url],
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        # The library's own retries take seconds.
        retry=Retry(NoBackoff(), 0),
    )


class PooledRedisCache(RedisCache):
    """Django's Redis cache with one connection pool for the process."""

    @property
    def _cache(self) -> RedisCacheClient:
        return redis_client(self._servers[0])  # type: ignore[attr-defined]  # not in the stubs


class RedisOrDatabaseCache(BaseCache):
    """Redis at LOCATION; while it is gone or frozen, the cache that is named "database"."""

    # When a thread of this process may next ask Redis (time.monotonic()).
    _ask_redis_at = 0.0

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = PooledRedisCache(url, params)

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= RedisOrDatabaseCache._ask_redis_at:
            try:
                answer = getattr(self._redis, method)(*args, **kwargs)
            except (RedisError, OSError) as error:
                RedisOrDatabaseCache._ask_redis_at = time.monotonic() + RETRY_AFTER
                redis_outage.record_failure(error)
            else:
                redis_outage.record_recovery()
                return answer
        return getattr(caches["database"], method)(*args, **kwargs)

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        is_done: bool = self._call("add", key, value, timeout, version)
        return is_done

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._call("get", key, default, version)

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        self._call("set", key, value, timeout, version)

    def touch(
        self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        is_done: bool = self._call("touch", key, timeout, version)
        return is_done

    def delete(self, key: str, version: int | None = None) -> bool:
        is_done: bool = self._call("delete", key, version)
        return is_done

    def has_key(self, key: str, version: int | None = None) -> bool:
        is_done: bool = self._call("has_key", key, version)
        return is_done

    def clear(self) -> None:
        self._call("clear")
