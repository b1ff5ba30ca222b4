"""Rate limits, by user and by address, that no view can forget.

`LimitsMiddleware` counts every request that may change something, and every GET of a view that says
`limited(…, "GET")`. A view names its limit with `@limited(name)`. One that names none has a limit
as well (DEFAULT). What is expensive only sometimes is counted by the view itself, with `spend`.
bookshelf/tests/test_limits.py walks over all views.
"""

import ipaddress
from collections.abc import Callable
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.newcomers import is_newcomer, newcomer_rates
from accounts.rate_counters import BUCKETS, Rate, count_request, parse_rates
from accounts.requests import View
from accounts.stale_forms import send_again

RATES = {
    # --- What one user may do.
    "post": "10 per minute; 60 per hour",
    "comment": "12 per minute; 150 per hour",
    "like": "60 per minute",
    # The form is saved at each pause in typing: a person makes about twenty in a minute.
    "draft": "60 per minute",
    "settings": "20 per minute",
    # Every open page shows another name at once, and so it costs every reader something.
    "rename": "6 per hour; 20 per day",
    # Removing and restoring reach all pages as well. Who cleans up removes many.
    "remove": "20 per minute; 200 per hour",
    "notification": "60 per minute",
    # What no other name fits: DEFAULT.
    "write": "60 per minute",
    # Making invitations, and accepting them.
    "invite": "5 per minute; 20 per day",
    "picture": "10 per minute; 40 per hour",
    "report": "6 per minute; 30 per day",
    "appeal": "6 per minute; 30 per day",
    "moderate": "120 per minute",
    "block": "30 per minute",
    "leave": "10 per hour",
    # --- What one user may read that is expensive. Nobody reads as quickly.
    # The search runs at each pause in typing.
    "search": "120 per minute",
    "feed": "60 per minute",
    "export": "4 per hour; 10 per day",
    "history": "60 per minute",
    # Twenty open pages that poll every ten seconds.
    "poll": "120 per minute",
    # A page that was away for long catches up, which takes more than a poll that finds nothing.
    "catch_up": "30 per minute",
    # --- What the guests of one address may send together.
    # What is kept until they are signed in.
    "guest": "10 per minute; 60 per hour",
    # Signing in and up, by DEFAULT_FOR_GUESTS. allauth has limits of its own for each of these.
    "sign_in": "60 per minute",
}

PEOPLE_AT_AN_ADDRESS = 6
"""How many times its rate all users of one address may do something together.

A class of thirty behind one address does not notice: each of them would have to do a fifth of what
one person can at the utmost, all at the same time. But fifty accounts at one address can do no
more together than six.
"""

ADDRESS_RATES = {
    # A class that writes at the same time: 45 people who never stop typing.
    "draft": "900 per minute",
    # All of a class choose their names in the first lesson.
    "rename": "120 per hour",
    # An office whose proxy lets no WebSockets through: 200 open pages.
    "poll": "1200 per minute",
}
"""Where people at one address do the same thing at the same time."""

DEFAULT, DEFAULT_FOR_GUESTS = "write", "sign_in"

EXEMPT = {
    "account_logout": "Nobody is kept from signing out. It works once for each signing in.",
    "admin:logout": "As account_logout.",
}
"""Views without a limit, and why."""

IPV6_PREFIX = 64
"""Bits of an IPv6 address that one household or server has for itself."""

SOME_MINUTES = 300
"""Seconds to wait where the limit does not say how long (allauth's limits)."""

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

GetResponse = Callable[[HttpRequest], HttpResponse]


class LimitReached(Exception):
    """Somebody has to wait for so many seconds. Raised in a view, it becomes the answer 429."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:.0f} s")
        self.seconds = seconds


def limited(name: str, method: str = "POST", *, by_user: bool = True) -> Callable[[View], View]:
    """Limit requests of this method to a view, at the rate RATES[name]; "GET" means HEAD as well.

    Beyond that the answer is 429. It says when to try again, on the page and in Retry-After, and
    has a form with what was sent. `by_user` is for views that are the same for everybody, and do
    not look at who is signed in.
    """

    def decorate(view: View) -> View:
        view.limits = {**limits_of(view), method: (name, by_user)}  # type: ignore[attr-defined]
        return view

    return decorate


def limits_of(view: View) -> dict[str, tuple[str, bool]]:
    """Return what `limited` said of a view, by method."""
    limits: dict[str, tuple[str, bool]] = getattr(view, "limits", {})
    return limits


class LimitsMiddleware:
    """Count requests; answer 429 to those beyond their limit.

    Stands before the CSRF check, so that what that refuses counts as well.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Count a request to a view that has a limit."""
        if not settings.RATE_LIMITS:
            return None
        is_read = request.method in SAFE_METHODS
        named = limits_of(view).get("GET" if is_read else "POST")
        if is_read:
            wait = _count_read(request, *named) if named and request.method != "OPTIONS" else 0.0
        elif request.resolver_match and request.resolver_match.view_name in EXEMPT:
            wait = 0.0
        else:
            wait = _count_write(request, named[0] if named else "")
        return too_many(request, wait) if wait else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that has counted by itself (`spend`)."""
        return too_many(request, error.seconds) if isinstance(error, LimitReached) else None


def spend(request: HttpRequest, name: str) -> None:
    """Count what this request is about to do. Raises LimitReached when it is too much.

    Call it before the transaction: what is rolled back does not count.
    """
    if not settings.RATE_LIMITS:
        return
    is_read = request.method in SAFE_METHODS
    wait = _count_read(request, name) if is_read else _count_write(request, name)
    if wait:
        raise LimitReached(wait)


def _count_write(request: HttpRequest, name: str) -> float:
    """Count a write: exactly, and for a user's address in buckets. Return the seconds to wait."""
    network = client_network(request)
    if not request.user.is_authenticated:
        return _count_exactly("guest" if name else DEFAULT_FOR_GUESTS, network)
    name = name or DEFAULT
    # The user first: what is refused for that reason uses up nothing of their neighbours.
    wait = _count_exactly(name, str(request.user.pk), newcomer_rates(request.user, name))
    return wait or _count_address(name, network)


def _count_read(request: HttpRequest, name: str, by_user: bool = True) -> float:
    """Count a read, which writes nothing as long as there are few. Return the seconds to wait."""
    wait = 0.0
    if by_user and request.user.is_authenticated:
        rates = rates_of(RATES[name])
        wait = BUCKETS.count(rates, f"{name}:{request.user.pk}", settings.PROCESSES)
    return wait or _count_address(name, client_network(request))


def _count_exactly(name: str, who: str, also: str = "") -> float:
    """Count at RATES[name], and at the rates `also`. Return the seconds to wait."""
    key = f"{name}:{who}"
    if wait := BUCKETS.refusal(key):
        return wait
    rates = "; ".join(filter(None, (RATES[name], also)))
    wait = count_request(rates_of(rates), name, who)
    BUCKETS.refuse(key, wait)
    return wait


def _count_address(name: str, network: str) -> float:
    return BUCKETS.count(address_rates(name), f"{name}@{network}", settings.PROCESSES)


@cache
def rates_of(text: str) -> list[Rate]:
    """Return rates that are written as in RATES."""
    return parse_rates(text)


def address_rates(name: str) -> list[Rate]:
    """Return how often all users of one address may do something together."""
    if name in ADDRESS_RATES:
        return rates_of(ADDRESS_RATES[name])
    return [
        Rate(rate.amount * PEOPLE_AT_AN_ADDRESS, rate.seconds) for rate in rates_of(RATES[name])
    ]


def client_network(request: HttpRequest) -> str:
    """Return the IPv4 address, or the IPv6 network, that a client is counted by."""
    try:
        return network_of(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        # A UNIX socket, and no proxy in front of it that says who asks.
        return "unknown"


@lru_cache(1_000)
def network_of(text: str) -> str:
    """Return the IPv4 address, or the network of the IPv6 address, that stands in a text."""
    address = ipaddress.ip_address(text)
    # As an IPv6 socket has it: by its first 64 bits all of IPv4 would be one network.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address.packed, IPV6_PREFIX), strict=False))


def too_many(request: HttpRequest, seconds: float = 0) -> HttpResponse:
    """Answer 429, with a form that holds what was sent. 0 seconds means some minutes."""
    wait = int(seconds) + 1 if seconds else SOME_MINUTES
    ctx = {
        "seconds": wait if seconds else None,
        "minutes": -(-wait // 60),
        "newcomer_hours": settings.NEWCOMER_HOURS if is_newcomer(request.user) else 0,
    }
    response = send_again(request, "429.html", ctx, HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response
