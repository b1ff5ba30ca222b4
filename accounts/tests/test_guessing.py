"""Guessing passwords is limited, and cannot keep the owner out."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib import auth
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.adapter import NEW_DEVICE
from accounts.factories import UserFactory
from accounts.tests.counting import HASHER, CountingHasher

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
FROM_ANYWHERE = 20
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def limited(settings):
    """Rate limits that are on, and counted from nothing."""
    settings.RATE_LIMITS = True
    # Fewer from all addresses together than on a server, for the test's sake.
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_RATES | {NEW_DEVICE: f"{FROM_ANYWHERE}/d/key"}
    settings.PASSWORD_HASHERS = [HASHER]
    # A Redis may be that of other tests, too, which run at the same time.
    settings.CACHES = dict.fromkeys(settings.CACHES, settings.DATABASE_CACHE)


@pytest.fixture
def owner():
    user = UserFactory(username="cleo", email="cleo@example.com", is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, password: str, *, login: str = "cleo", address: str = HOME) -> str:
    """Try to sign in; return "in", "wrong" or "too many"."""
    response = client.post(
        "/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR=address
    )
    text = response.content.decode()
    if response.status_code == 302:
        return "in"
    return "too many" if response.status_code == 429 or "Too many failed" in text else "wrong"


def guess(times: int, *, login: str = "cleo", address: str = ELSEWHERE) -> list[str]:
    return [sign_in(Client(), "wrong", login=login, address=address) for _ in range(times)]


def reset_password(client: Client, email: str, mailoutbox: list, **extra: str) -> None:
    """Set the password "another quiet room" through the link in a mail."""
    client.post("/accounts/password/reset/", {"email": email}, **extra)
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mailoutbox[-1].body)[1]
    form = client.get(link, follow=True, **extra)
    new = {"password1": "another quiet room", "password2": "another quiet room"}
    client.post(form.request["PATH_INFO"], new, **extra)


def test_five_guesses_from_one_address_are_the_last(owner):
    assert guess(7) == ["wrong"] * 5 + ["too many"] * 2
    assert sign_in(Client(), PASSWORD, address=ELSEWHERE) == "too many"


@pytest.mark.parametrize("login", ["cleo", "Cleo", "cleo@example.com"])
def test_guesses_from_elsewhere_do_not_keep_the_owner_out(owner, login):
    guess(10, login=login)

    assert sign_in(Client(), PASSWORD, login=login) == "in"


def test_one_address_cannot_go_on_with_other_names(owner):
    tried = [answer for n in range(30) for answer in guess(1, login=f"reader{n}")]

    assert tried.count("wrong") == 20
    assert tried[-1] == "too many"


def test_a_refused_attempt_uses_up_nothing_of_the_address(owner):
    guess(19)

    assert guess(1, login="ben") == ["wrong"]


def test_the_addresses_of_one_ipv6_network_are_one(owner):
    answers = [guess(1, address=f"2001:db8:0:1::{n:x}")[0] for n in range(1, 8)]

    assert answers == ["wrong"] * 5 + ["too many"] * 2
    assert guess(1, address="2001:db8:0:2::1") == ["wrong"]


def test_ipv4_addresses_on_an_ipv6_socket_are_not_one(owner):
    guess(25, address="::ffff:198.51.100.9")

    assert sign_in(Client(), PASSWORD, address="::ffff:192.0.2.7") == "in"
    assert guess(1) == ["too many"]


def test_what_a_client_writes_about_its_address_is_not_believed(owner):
    answers = []
    for n in range(7):
        data = {"login": "cleo", "password": "wrong"}
        pretence = {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"}
        answers.append(Client().post("/accounts/login/", data, headers=pretence))

    assert "Too many failed" in answers[-1].content.decode()


def distributed_guesses(number: int) -> list[str]:
    return [guess(1, address=f"198.51.{n // 250}.{n % 250 + 1}")[0] for n in range(number)]


def test_guesses_from_many_addresses_end_and_the_owners_device_gets_in(owner):
    device = Client()
    assert sign_in(device, PASSWORD) == "in"
    device.post("/accounts/logout/")

    answers = distributed_guesses(FROM_ANYWHERE + 5)

    assert answers.count("wrong") == FROM_ANYWHERE
    assert answers[-1] == "too many"
    assert sign_in(device, PASSWORD) == "in"


def test_a_known_device_may_not_guess_without_end_either(owner):
    device = Client()
    sign_in(device, PASSWORD)
    device.post("/accounts/logout/")

    answers = [sign_in(device, "wrong") for _ in range(12)]

    assert answers == ["wrong"] * 10 + ["too many"] * 2


def test_a_known_device_is_known_for_its_own_accounts_only(owner):
    thief = UserFactory(username="thief")
    thief.set_password(PASSWORD)
    thief.save()
    EmailAddress.objects.create(user=thief, email=thief.email, verified=True, primary=True)
    device = Client()
    assert sign_in(device, PASSWORD, login="thief", address=ELSEWHERE) == "in"
    device.post("/accounts/logout/")

    answers = [sign_in(device, "wrong", address=ELSEWHERE) for _ in range(6)]

    assert answers == ["wrong"] * 5 + ["too many"]


@pytest.mark.parametrize("forged", ["", "x", "eyJpZCI6ICJ4IiwgInVzZXJzIjogWzFdfQ:1tx:abc"])
def test_a_cookie_that_is_not_ours_makes_no_device_known(owner, forged):
    guess(5)
    client = Client()
    client.cookies["device"] = forged

    assert sign_in(client, PASSWORD, address=ELSEWHERE) == "too many"


def test_the_cookie_for_the_device_is_for_this_host_alone(owner):
    device = Client()
    sign_in(device, PASSWORD)
    cookie = device.cookies["device"]

    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_while_new_devices_are_kept_out_the_owner_gets_in_by_mail(owner, mailoutbox):
    distributed_guesses(FROM_ANYWHERE + 1)
    new_device = Client()
    assert sign_in(new_device, PASSWORD) == "too many"

    reset_password(new_device, owner.email, mailoutbox)

    assert auth.get_user(new_device) == owner
    new_device.post("/accounts/logout/")
    assert sign_in(new_device, "another quiet room") == "in"


def test_resetting_ones_own_password_gives_no_more_guesses(owner, mailoutbox):
    for n in range(19):
        guess(1, login=f"reader{n}")

    reset_password(Client(), owner.email, mailoutbox, REMOTE_ADDR=ELSEWHERE)

    assert owner.check_password(PASSWORD)
    owner.refresh_from_db()
    assert owner.check_password("another quiet room")
    assert guess(3, login="ben") == ["wrong", "too many", "too many"]


def test_right_passwords_are_not_counted(owner):
    answers = []
    for _ in range(12):
        answers.append(sign_in(Client(), PASSWORD))

    assert answers == ["in"] * 12


def test_no_more_than_a_few_mails_are_sent_however_many_ask(owner, mailoutbox):
    for n in range(20):
        data = {"email": owner.email}
        Client().post("/accounts/password/reset/", data, REMOTE_ADDR=f"198.51.100.{n}")

    assert len(mailoutbox) == 5


# --- Every page that may check a password -------------------------------------


def paths(patterns: list, before: str = "") -> list[str]:
    """Return every path of the site that has no part to be filled in."""
    found = []
    for pattern in patterns:
        path = before + str(pattern.pattern).lstrip("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            found += paths(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and not re.search(r"[<(\\\[]", path):
            found.append(f"/{path}")
    return found


GUESS = {
    "login": "cleo", "username": "cleo", "password": "wrong", "old_password": "wrong",
    "oldpassword": "wrong", "password1": "another room", "password2": "another room",
    "new_password1": "another room", "new_password2": "another room", "email": "cleo@example.com",
}  # fmt: skip

MOST_CHECKED = 10
TRIES = MOST_CHECKED + 1
SIGN_UP = reverse("account_signup")


def test_the_walk_knows_the_pages_that_check_passwords():
    known = {"account_login", "account_change_password", "account_reauthenticate", "admin:login"}

    assert {reverse(name) for name in known} <= set(paths(get_resolver().url_patterns))


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("path", paths(get_resolver().url_patterns))
@pytest.mark.parametrize("who", ["guest", "owner"])
def test_no_page_checks_one_password_after_the_other(owner, path, who):
    """Signing up hashes a new password, and checks none."""
    client = Client(raise_request_exception=False)
    if who == "owner":
        owner.is_superuser = True
        owner.save()
        client.force_login(owner)
    CountingHasher.hashed = 0

    for _ in range(TRIES):
        client.post(path, GUESS)

    if path != SIGN_UP:
        assert CountingHasher.hashed <= MOST_CHECKED
