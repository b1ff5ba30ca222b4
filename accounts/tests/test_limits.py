"""Rate limits: a clear answer, nothing lost, and no harm when Redis is gone."""

import pytest
from limits import parse_many

from accounts import limits
from accounts.limits import Counter

FEW = parse_many("2 per minute")


@pytest.fixture(autouse=True)
def limited(settings, monkeypatch):
    """Rate limits that are on, low, and counted from nothing."""
    settings.RATE_LIMITS = True
    rates = dict.fromkeys(limits.RATES, "2 per minute")
    monkeypatch.setattr(limits, "RATES", rates)
    counter = Counter("")
    monkeypatch.setattr(limits, "counter", lambda: counter)


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


def test_a_redis_that_does_not_answer_is_not_waited_for():
    counter = Counter("redis://127.0.0.1:1/0")

    waits = [counter.wait_for(FEW, "post", "7") for _ in range(3)]

    assert waits[:2] == [0, 0]
    assert waits[2] >= 1
