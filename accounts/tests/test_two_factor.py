"""Two-factor authentication: a code beside the password, and no way around it."""

import re
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import auth
from django.test import Client
from lxml import html

from accounts.factories import UserFactory
from accounts.models import User
from accounts.tests.proof import PASSWORD, confirmed_account, reauthenticate
from accounts.tests.test_guessing import ELSEWHERE, guess, reset_password

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def a_moment(monkeypatch) -> None:
    """Stop the clock: a code changes every half a minute, if need be in the midst of a test."""
    now = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: now))


def code_now(secret: str = SECRET) -> str:
    """Return what an authenticator app shows."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(totp.time.time()) // 30))


WRONG = "000000 "


@pytest.fixture
def cleo(settings) -> User:
    settings.CACHES = dict.fromkeys(settings.CACHES, settings.DATABASE_CACHE)
    return confirmed_account("cleo")


@pytest.fixture
def protected(cleo) -> User:
    """An account with an app and recovery codes."""
    TOTP.activate(cleo, SECRET)
    RecoveryCodes.activate(cleo)
    return cleo


def enter_password(client: Client, **extra: str):
    data = {"login": "cleo", "password": PASSWORD}
    return client.post("/accounts/login/?next=/shelf/", data, **extra)


def enter_code(client: Client, code: str, **extra: str):
    return client.post("/accounts/2fa/authenticate/", {"code": code}, **extra)


def is_in(client: Client) -> bool:
    return auth.get_user(client).is_authenticated


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_with_the_code_in_the_page(cleo, client, mailoutbox):
    client.force_login(cleo)
    reauthenticate(client, cleo)

    page = html.fromstring(client.get("/accounts/2fa/totp/activate/").content)
    secret = page.get_element_by_id("authenticator_secret").get("value")
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)})

    assert page.xpath("//*[@class='qr']/svg/path")
    assert not page.xpath("//*[starts-with(@src, 'data:')]")
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    codes = html.fromstring(client.get(answer["Location"]).content).xpath("//ol//code/text()")
    assert len(codes) == 10
    assert [mail.subject for mail in mailoutbox] == ["[BookShelf] Authenticator App Activated"]


def test_the_password_alone_signs_nobody_in(protected, client):
    answer = enter_password(client)

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    assert client.get("/shelf/").status_code == 302
    answer = enter_code(client, code_now())
    assert answer["Location"] == "/shelf/"
    assert is_in(client)


def test_a_code_is_good_for_one_sign_in(protected):
    code = code_now()
    first, second = Client(), Client()
    for client in (first, second):
        enter_password(client)
        enter_code(client, code)

    assert (is_in(first), is_in(second)) == (True, False)


def test_a_recovery_code_gets_in_once(protected):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        enter_password(client)
        enter_code(client, code)

    assert (is_in(first), is_in(second)) == (True, False)


def test_a_new_password_by_mail_is_not_a_way_around_it(protected, client, mailoutbox):
    reset_password(client, protected.email, mailoutbox)

    assert not is_in(client)
    assert client.get("/accounts/2fa/authenticate/").status_code == 200


def test_the_admin_is_not_a_way_around_it(protected, client):
    User.objects.update(is_staff=True, is_superuser=True)

    client.post("/admin/login/", {"username": "cleo", "password": PASSWORD})
    enter_password(client)

    assert not is_in(client)
    assert client.get("/admin/").status_code == 302


# --- Guessing ----------------------------------------------------------------


@pytest.fixture
def limited(settings):
    settings.RATE_LIMITS = True
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_RATES


def test_codes_are_not_guessed(protected, limited):
    for n in range(5):
        client = Client()
        enter_password(client, REMOTE_ADDR=f"198.51.100.{n}")
        assert "Incorrect code" in enter_code(client, WRONG).content.decode()
    client = Client()
    enter_password(client)

    answer = enter_code(client, code_now())

    assert "Too many failed" in answer.content.decode()
    assert not is_in(client)


def test_right_codes_give_no_more_guesses_at_the_passwords_of_others(protected, limited):
    """allauth forgets all counts of the address when a code is right."""
    victims = [UserFactory() for _ in range(21)]
    tried = [guess(1, login=user.username)[0] for user in victims[:19]]
    client = Client()
    enter_password(client, REMOTE_ADDR=ELSEWHERE)
    enter_code(client, code_now(), REMOTE_ADDR=ELSEWHERE)
    assert is_in(client)

    tried += [guess(1, login=user.username)[0] for user in victims[19:]]

    assert tried == ["wrong"] * 20 + ["too many"]


def test_the_limits_of_the_second_step_are_named(settings):
    """Outside DEBUG: "login_failed" by the account, and passkeys by the address."""
    assert re.fullmatch(r"5/5m/key,100/d/key", settings.SIGN_IN_RATES["login_failed"])
    assert "webauthn_login" in (settings.MFA_RATE_LIMITS or {"webauthn_login": ""})


# --- Keys --------------------------------------------------------------------

NO_KEYS = [
    '{"id": "x"}', "[]", "1", "null", '"x"', "{", "{}", "\0",
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "MQ", '
    '"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": '
    '{"clientDataJSON": "e30", "attestationObject": "oA"}}',
]  # fmt: skip


@pytest.mark.parametrize("sent", NO_KEYS)
@pytest.mark.parametrize("page", ["login", "add", "reauthenticate", "authenticate"])
def test_what_is_no_answer_of_a_key_is_refused_in_words(protected, client, page, sent):
    path = f"/accounts/2fa/webauthn/{page}/"
    if page == "authenticate":
        enter_password(client)
        path = "/accounts/2fa/authenticate/"
    elif page != "login":
        client.force_login(protected)
        reauthenticate(client, protected)
    client.get(path, headers={"Accept": "application/json"})

    answer = client.post(path, {"credential": sent}, follow=True)

    assert answer.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()
