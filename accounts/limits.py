"""Rate limits: what one person, or one address, may do in a while.

Counted in Redis when there is one, so that all processes count together; else, and while Redis is
gone, in each process.
"""

import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)

RATES = {
    "post": "10 per minute; 60 per hour",
    "comment": "12 per minute; 150 per hour",
    "like": "60 per minute",
    # What is kept of somebody who is not signed in.
    "guest": "10 per minute; 60 per hour",
}

WITHIN = 0.3
"""Seconds that Redis may take: when it is frozen nobody shall wait for it."""

WITHOUT_REDIS = 5.0
"""Seconds in which Redis is not asked again once it has not answered."""

TOO_MANY = 429

View = Callable[..., HttpResponse]


class Counter:
    """Counts hits, and does so with or without Redis."""

    def __init__(self, redis_url: str) -> None:
        self._shared = self._limiter(redis_storage(redis_url)) if redis_url else None
        self._own = self._limiter(MemoryStorage())
        self._ask_again_at = 0.0

    def wait_for(self, rates: list[RateLimitItem], *who: str) -> float:
        """Count a hit; return 0, or the seconds to wait when that was one too many."""
        if self._shared and time.monotonic() >= self._ask_again_at:
            try:
                return self._hit(self._shared, rates, who)
            except Exception as error:
                self._ask_again_at = time.monotonic() + WITHOUT_REDIS
                logger.warning("rate limits without Redis error=%r", error)
        return self._hit(self._own, rates, who)

    @staticmethod
    def _limiter(storage: Storage) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(storage)

    @staticmethod
    def _hit(limiter: MovingWindowRateLimiter, rates: list[RateLimitItem], who: tuple) -> float:
        for rate in rates:
            if not limiter.hit(rate, *who):
                return max(1.0, limiter.get_window_stats(rate, *who).reset_time - time.time())
        return 0.0


def redis_storage(url: str) -> Storage:
    """Return where `limits` counts in this Redis."""
    if url.startswith("unix://"):
        url = f"redis+{url}"
    return storage_from_string(url, socket_timeout=WITHIN, socket_connect_timeout=WITHIN)


@cache
def counter() -> Counter:
    """The counter of this process."""
    return Counter(settings.REDIS_URL)


def limited(name: str) -> Callable[[View], View]:
    """Let each user send a view only so many POSTs (RATES): to more it answers 429.

    Guests are counted by their address, as "guest". The answer says when to try again, in words
    and in Retry-After, and holds what was sent.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST" or not settings.RATE_LIMITS:
                return view(request, *args, **kwargs)
            seconds = counter().wait_for(*_counted(request, name))
            return too_many(request, seconds) if seconds else view(request, *args, **kwargs)

        return answer

    return decorate


def _counted(request: HttpRequest, name: str) -> tuple[list[RateLimitItem], str, str]:
    if request.user.is_authenticated:
        return parse_many(RATES[name]), name, str(request.user.pk)
    return parse_many(RATES["guest"]), "guest", get_adapter(request).get_client_ip(request)


def too_many(request: HttpRequest, seconds: float) -> HttpResponse:
    """Answer 429: what was sent is in the page, to be sent again."""
    wait = int(seconds) + 1
    fields = [
        (name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"
    ]
    ctx = {"seconds": wait, "minutes": -(-wait // 60), "fields": fields}
    response = render(request, "429.html", ctx, status=TOO_MANY)
    response["Retry-After"] = str(wait)
    return response
