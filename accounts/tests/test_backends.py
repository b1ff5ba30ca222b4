"""The time of an answer does not say who has an account."""

import statistics
import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User
from accounts.tests.counting import HASHER, SLOW_HASHER, CountingHasher

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
KINDS = {
    "nobody": "nobody",
    "nobody by address": "nobody@example.com",
    "known": "known",
    "known, in capitals": "KNOWN",
    "known by address": "known@example.com",
    "unconfirmed by address": "unconfirmed@example.com",
    "inactive": "inactive",
    "inactive by address": "inactive@example.com",
    "without a password": "locked",
    "without a password by address": "locked@example.com",
}


@pytest.fixture
def readers(settings):
    """One of each kind."""
    for name in ("known", "unconfirmed", "inactive", "locked"):
        user = UserFactory(username=name, is_active=name != "inactive")
        if name != "locked":
            user.set_password(PASSWORD)
            user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=name != "unconfirmed")


@pytest.fixture
def counted(settings, request):
    settings.PASSWORD_HASHERS = [HASHER]
    request.getfixturevalue("readers")


@pytest.mark.parametrize("login", KINDS.values(), ids=KINDS)
def test_one_password_is_hashed_for_each_attempt(counted, login):
    CountingHasher.hashed = 0

    Client().post("/accounts/login/", {"login": login, "password": "wrong"})

    assert CountingHasher.hashed == 1


@pytest.mark.parametrize(
    ("one", "other"), [("nobody", "known"), ("nobody@example.com", "known@example.com")]
)
def test_the_same_is_asked_of_the_database(
    counted, one, other, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10) as asked:
        authenticate(None, username=one, email=one if "@" in one else None, password="wrong")
    with django_assert_num_queries(len(asked)):
        authenticate(None, username=other, email=other if "@" in other else None, password="wrong")


def test_the_times_are_alike(settings, request):
    settings.PASSWORD_HASHERS = [SLOW_HASHER]
    request.getfixturevalue("readers")
    client = Client()
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(3):
        for kind, login in KINDS.items():
            start = time.thread_time()
            client.post("/accounts/login/", {"login": login, "password": "wrong"})
            times[kind].append(time.thread_time() - start)

    medians = [statistics.median(each) for each in times.values()]
    assert max(medians) < 1.5 * min(medians)


def test_everybody_with_the_right_password_gets_in(readers):
    assert authenticate(None, username="known", password=PASSWORD).username == "known"
    for login in ("known@example.com", "Known@Example.com", "unconfirmed@example.com"):
        assert authenticate(None, username=login, email=login, password=PASSWORD)
    assert authenticate(None, username="inactive", password=PASSWORD) is None
    assert authenticate(None, username="locked", password="!") is None


def test_an_inactive_reader_learns_why(readers):
    response = Client().post("/accounts/login/", {"login": "inactive", "password": PASSWORD})

    assert response["Location"] == "/accounts/inactive/"


def test_nobody_takes_an_address_by_naming_themselves_so(readers):
    User.objects.create_user("known@example.com", password="the thief's own")

    found = authenticate(
        None, username="known@example.com", email="known@example.com", password=PASSWORD
    )

    assert found.username == "known"


def test_a_name_that_is_a_mail_address_is_refused(client):
    data = {"username": "ana@example.com", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post("/accounts/signup/", data)

    assert "not a mail address" in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "login", ["x" * 70_000, "x" * 70_000 + "@example.com", "known" + "x" * 400]
)
def test_a_login_that_is_too_long_for_the_database_is_one_of_nobody(readers, login):
    response = Client().post("/accounts/login/", {"login": login, "password": PASSWORD})

    assert response.status_code == 200
    assert "not correct" in response.content.decode()
