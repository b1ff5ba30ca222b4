"""New accounts write less often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.limits import RATES, parse_rates
from accounts.newcomers import NEWCOMER_RATES, newcomer_rates

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=2)


@pytest.fixture(autouse=True)
def limited(settings):
    settings.RATE_LIMITS = True


def flood(client) -> list[int]:
    return [
        client.post("/posts/new/", {"title": "", "body": f"Review {n}."}).status_code
        for n in range(5)
    ]


@pytest.mark.parametrize(
    ("who", "is_limited"),
    [
        ({}, True),
        ({"is_invited": True}, True),
        ({"is_approved": True}, False),
        ({"date_joined": LONG_AGO}, False),
        ({"is_staff": True}, False),
    ],
    ids=["new", "invited", "approved", "older", "staff"],
)
def test_who_is_new_here(client, who, is_limited):
    user = UserFactory(**who)
    client.force_login(user)

    assert bool(newcomer_rates(user, "post")) == is_limited
    assert (429 in flood(client)) == is_limited


def test_the_answer_says_why_and_loses_nothing(client):
    client.force_login(UserFactory())
    flood(client)

    page = client.post("/posts/new/", {"title": "", "body": "Review 9."}).content.decode()

    assert "In its first 24 hours an account may write less often." in page
    assert "Review 9." in page


def test_others_are_not_told_so(client):
    client.force_login(UserFactory(date_joined=LONG_AGO))
    for _ in range(11):
        answer = client.post("/posts/new/", {"title": "", "body": "Again."})

    assert answer.status_code == 429
    assert "an account may write" not in answer.content.decode()


def test_a_site_can_do_without(client, settings):
    settings.NEWCOMER_HOURS = 0
    client.force_login(UserFactory())

    assert 429 not in flood(client)


@pytest.mark.parametrize("kind", NEWCOMER_RATES)
def test_each_rate_is_one_of_a_kind_and_lower(kind):
    everybodys = {rate.seconds: rate.amount for rate in parse_rates(RATES[kind])}

    for rate in parse_rates(NEWCOMER_RATES[kind]):
        assert rate.amount < everybodys[rate.seconds]
