"""Every view has a rate limit, or a reason for having none. No new one can be forgotten."""

import pytest
from django.urls import resolve

from accounts import limits
from accounts.limits import EXEMPT, RATES, limits_of, rates_of
from accounts.rate_counters import BUCKETS, count_request
from bookshelf.tests.door_table import NO, doors
from bookshelf.tests.doors import ROLES, DoorsWorld, patterns, undone

# Of what the views decide, not of the database: one of the two is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

WORLD = DoorsWorld

LIST = "a page of a list: some queries by keyset, and 20 cards"
FORM = "a form"
TEXT = "one text, which operators have written"
WORD = "a page without a query, or a redirect"
ALLAUTHS = "a form or a message of allauth's, without a list"

ALLAUTH_OR_ADMIN = (
    "account_", "mfa_", "usersessions_", "socialaccount_", "github_", "openid_connect_", "admin:",
)  # fmt: skip

CHEAP = {
    "posts:list": "as LIST, and cached for guests",
    "posts:key": LIST, "posts:book": LIST, "posts:tag": LIST, "posts:author": LIST,
    "posts:following": LIST, "posts:blocked": LIST, "moderation:standing": LIST,
    "moderation:queue": LIST, "moderation:actions": LIST, "moderation:appeals": LIST,
    "accounts:invitations": LIST, "posts:drafts": LIST, "posts:notifications": LIST,
    "posts:shelf": LIST, "posts:public_shelf": LIST,
    "posts:detail": "one post and 30 of its comments, which are rendered once and kept",
    "posts:number": WORD, "posts:comment": WORD, "posts:notification": WORD,
    "posts:comments": "leads to the post",
    "posts:create": FORM, "posts:edit": FORM, "posts:reply": FORM, "posts:comment_edit": FORM,
    "accounts:settings": FORM, "accounts:picture": FORM, "accounts:export": FORM,
    "accounts:delete": "a form, with three counts by an index", "accounts:invitation": FORM,
    "moderation:report_post": FORM, "moderation:report_comment": FORM,
    "moderation:report_person": FORM, "moderation:post": FORM, "moderation:comment": FORM,
    "moderation:person": FORM, "moderation:purge": "a form, with some counts, for moderators",
    "moderation:answer": FORM, "moderation:notice": FORM, "moderation:banned": FORM,
    "accounts:sign_in_again": WORD,
    "posts:withdrawn_cover": "a file, for its owner and for moderators",
    "posts:cover": "a file, which is read, and which browsers keep for a year",
    "updater:reconnecting": "the same for all, kept by browsers for a day", "unsent": WORD,
    "favicon": WORD, "about": TEXT, "contact": TEXT, "privacy": TEXT,
    "posts:help": "some short examples, no query",
}  # fmt: skip
"""Views that anybody may GET as often as they like, and why that costs little."""


def test_every_expensive_get_has_a_limit(world):
    unnamed, both = [], []
    for address, door in doors(world):
        if door.get == NO or address.name.startswith(ALLAUTH_OR_ADMIN):
            # allauth's own, which are forms and messages; and what admins alone see.
            continue
        is_limited = "GET" in limits_of(address.view)
        if not is_limited and address.name not in CHEAP:
            unnamed.append(address.name)
        if is_limited and address.name in CHEAP:
            both.append(address.name)

    assert unnamed == [], 'say @limited(…, "GET"), or in CHEAP why it needs none'
    assert both == []
    assert sorted(CHEAP.keys() - {name for name, _, _ in patterns()}) == []


def test_every_limit_that_a_view_names_is_a_rate(world):
    named = {
        name for address, _ in doors(world) for name, _ in limits_of(address.view).values()
    } | {limits.DEFAULT, limits.DEFAULT_FOR_GUESTS, "guest"}
    counted_by_views = {"rename", "catch_up"}

    assert named | counted_by_views == set(RATES)
    assert all(map(rates_of, RATES.values()))
    assert set(limits.ADDRESS_RATES) <= set(RATES)


def test_every_exemption_has_a_reason_and_a_view():
    names = {name for name, _, _ in patterns()}

    assert all(len(reason) > 10 for reason in EXEMPT.values())
    assert set(EXEMPT) <= names


@pytest.mark.parametrize("role", ROLES)
def test_every_post_is_refused_when_it_is_one_too_many(world, settings, monkeypatch, role):
    """Whatever the view, and whoever sends it: the admin's and allauth's as well."""
    settings.RATE_LIMITS = True
    monkeypatch.setattr(limits, "RATES", dict.fromkeys(RATES, "1 per day"))
    user = world.users[role]
    for name in RATES:
        who = str(user.pk) if user and user.is_active else "127.0.0.1"
        count_request(rates_of("1 per day"), name, who)
    wrong = []
    for address, _ in doors(world):
        client = world.client(role)
        token = client.cookies["csrftoken"].value
        with undone() as writes:
            response = client.post(address.path, address.fields | {"csrfmiddlewaretoken": token})
        is_refused = response.status_code == 429 and int(response["Retry-After"]) > 80_000
        if is_refused == (address.name in EXEMPT) or (is_refused and writes.tables):
            wrong.append(f"{address.key}: {response.status_code}, {writes.tables}")

    assert wrong == []


def test_every_limited_get_is_refused_when_it_is_one_too_many(world, settings, monkeypatch):
    settings.RATE_LIMITS = True
    monkeypatch.setattr(limits, "RATES", dict.fromkeys(RATES, "1 per day"))
    monkeypatch.setattr(limits, "ADDRESS_RATES", {})
    for name in RATES:
        # Others at this address use it up.
        while not BUCKETS.count(limits.address_rates(name), f"{name}@127.0.0.1"):
            pass
    client = world.client("reader")
    refused = {
        address.name
        for address, door in doors(world)
        if door.get != NO and client.get(address.path).status_code == 429
    }

    limited = {address.name for address, _ in doors(world) if "GET" in limits_of(address.view)}
    assert refused == limited
    assert "posts:search" in limited
    assert "updater:changes" in limited


def test_a_limit_stays_with_its_view_below_other_decorators():
    assert limits_of(resolve("/readers/ana/follow/").func) == {"POST": ("like", True)}
    assert limits_of(resolve("/feed/").func) == {"GET": ("feed", False)}
