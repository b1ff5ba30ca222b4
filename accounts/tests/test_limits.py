"""Rate limits: a clear answer, nothing lost, by user and by address."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import limits
from accounts.factories import UserFactory
from accounts.limits import PEOPLE_AT_AN_ADDRESS, address_rates, rates_of
from accounts.models import RENAMED
from accounts.rate_counters import BUCKETS
from bookshelf.log import Change
from bookshelf.models import RequestHistory


@pytest.fixture(autouse=True)
def limited(settings, monkeypatch):
    """Rate limits that are on, low, and counted from nothing."""
    settings.RATE_LIMITS = True
    monkeypatch.setattr(limits, "RATES", dict.fromkeys(limits.RATES, "2 per minute"))
    monkeypatch.setattr(limits, "ADDRESS_RATES", {})


def flood(client, times: int = 3):
    for number in range(times):
        response = client.post("/posts/new/", {"title": "", "body": f"Review {number}."})
    return response


def test_a_flood_is_told_when_to_try_again_and_loses_nothing(as_ana):
    response = flood(as_ana)

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 61
    assert "Review 2." in response.content.decode()
    assert "try again in" in response.content.decode()


def test_one_persons_flood_leaves_others_alone(as_ana, as_ben):
    flood(as_ana)

    assert flood(as_ben, times=1).status_code == 422


def test_reading_is_not_limited(as_ana):
    flood(as_ana)

    assert as_ana.get("/posts/new/").status_code == 200


def test_guests_are_counted_by_their_address(db, client):
    assert flood(client).status_code == 429
    assert client.post("/posts/new/", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_nothing_is_limited_when_limits_are_off(as_ana, settings):
    settings.RATE_LIMITS = False

    assert flood(as_ana, times=5).status_code == 422


def test_guests_of_one_ipv6_network_are_counted_together(db, client):
    for number in range(2):
        client.post("/posts/new/", REMOTE_ADDR=f"2001:db8::{number + 1}")

    assert client.post("/posts/new/", REMOTE_ADDR="2001:db8::7").status_code == 429
    assert client.post("/posts/new/", REMOTE_ADDR="2001:db8:0:1::7").status_code == 302


# --- By address as well as by user ---


def people_at(address: str, number: int) -> Iterator[Client]:
    for _ in range(number):
        client = Client(REMOTE_ADDR=address)
        client.force_login(UserFactory())
        yield client


def test_many_accounts_at_one_address_do_no_more_than_a_few_people(db, monkeypatch):
    # A day: nothing leaks away while this runs.
    monkeypatch.setattr(limits, "RATES", {"post": "2 per day"})
    answers = [
        client.post("/posts/new/").status_code
        for client in people_at("192.0.2.7", 50)
        for _ in range(2)
    ]

    assert answers.count(200) == 2 * PEOPLE_AT_AN_ADDRESS
    assert answers.count(429) == 100 - 2 * PEOPLE_AT_AN_ADDRESS
    (elsewhere,) = people_at("192.0.2.8", 1)
    assert elsewhere.post("/posts/new/").status_code == 200


def test_one_persons_flood_uses_up_nothing_of_their_neighbours(db):
    flooding, other = people_at("2001:db8::1", 2)

    flood(flooding, 50)

    assert flood(other, 2).status_code == 422


def test_signing_in_is_not_held_up_by_what_neighbours_write(db, client):
    for each in people_at("127.0.0.1", 20):
        flood(each)

    assert client.post("/accounts/login/", {"login": "x", "password": "y"}).status_code == 200


def test_nobody_is_kept_from_signing_out(as_ana):
    for _ in range(5):
        as_ana.post("/drafts/1/discard/")

    assert as_ana.post("/accounts/logout/").status_code == 302


def test_a_view_that_names_no_limit_has_one(as_ana):
    answers = [as_ana.post("/drafts/1/discard/").status_code for _ in range(3)]

    assert answers == [302, 302, 429]


def test_what_the_csrf_check_refuses_counts_as_well(db):
    client = Client(enforce_csrf_checks=True)

    answers = [client.post("/accounts/login/").status_code for _ in range(3)]

    assert answers == [403, 403, 429]


# --- Reading ---


def test_an_expensive_page_says_when_to_try_again(client, db):
    answers = [client.get("/search/?q=emma") for _ in range(2 * PEOPLE_AT_AN_ADDRESS + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == client.head("/search/").status_code == 429
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert "try again in" in answers[-1].content.decode()


def test_a_user_is_counted_by_themselves(as_ana, as_ben):
    answers = [as_ana.get("/search/").status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert as_ben.get("/search/").status_code == 200


def test_reading_writes_nothing_until_half_is_used_up(client, db, monkeypatch):
    monkeypatch.setattr(limits, "RATES", limits.RATES | {"search": "10 per minute"})

    for _ in range(5 * PEOPLE_AT_AN_ADDRESS):
        client.get("/search/")
    assert not RequestHistory.objects.exists()

    client.get("/search/")
    assert RequestHistory.objects.count() == 1


def test_a_list_is_never_counted(client, db):
    with CaptureQueriesContext(connection) as captured:
        for _ in range(20):
            assert client.get("/").status_code == 200

    assert not [query for query in captured if "requesthistory" in query["sql"]]


def test_a_flood_that_is_refused_costs_no_query(client, db):
    for _ in range(2 * PEOPLE_AT_AN_ADDRESS + 1):
        client.get("/feed/")

    with CaptureQueriesContext(connection) as captured:
        assert client.get("/feed/").status_code == 429

    assert len(captured) == 0


# --- What a view counts by itself ---


def test_a_name_is_changed_a_few_times_only_and_other_settings_go_on(as_ana, ana, monkeypatch):
    monkeypatch.setattr(limits, "RATES", limits.RATES | {"settings": "100 per minute"})
    answers = [as_ana.post("/accounts/settings/", {"name": f"Ana {number}"}) for number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Ana 2" in answers[-1].content.decode()
    assert as_ana.post("/accounts/settings/", {"name": "Ana 1", "digest": "on"}).status_code == 302
    assert Change.objects.filter(kind=RENAMED).count() == 2
    ana.refresh_from_db()
    assert (ana.name, ana.digest) == ("Ana 1", True)


def test_a_request_without_an_address_is_counted_too(db):
    client = Client(REMOTE_ADDR="")

    answers = [client.post("/posts/new/").status_code for _ in range(3)]

    assert answers == [302, 302, 429]
    assert BUCKETS.refusal("guest:unknown") > 0


def test_the_rates_of_addresses_are_above_those_of_users(monkeypatch):
    monkeypatch.undo()

    for name, text in limits.RATES.items():
        for rate, shared in zip(rates_of(text)[:1], address_rates(name), strict=False):
            assert shared.amount / shared.seconds > rate.amount / rate.seconds, name
