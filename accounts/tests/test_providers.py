"""Signing in with another site, against a provider that really runs."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib import auth
from django.test import Client
from lxml import html

from accounts.factories import UserFactory
from accounts.models import User
from accounts.tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, oidc_provider
from accounts.tests.proof import reauthenticate
from bookshelf.sign_in_providers import read_providers

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
LOGIN = "/accounts/oidc/oidc/login/"
CLAIMS = {
    "sub": "42",
    "preferred_username": "cleo",
    "name": "Cleo Secret",
    "email": "cleo@example.com",
    "email_verified": True,
}


@pytest.fixture(scope="module")
def running():
    with oidc_provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings) -> OidcProvider:
    environ = {
        "OIDC_NAME": "Elsewhere",
        "OIDC_SERVER_URL": running.url,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    settings.SOCIALACCOUNT_PROVIDERS = read_providers(environ, debug=True).settings
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    running.claims = dict(CLAIMS)
    return running


def go_there_and_back(client: Client, path: str = LOGIN, **fields: str):
    """Press the button, agree at the provider, and return what the site answers."""
    there = client.post(path, fields)
    assert there.status_code == 302
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    parts = urlsplit(back.headers["Location"])
    assert parts.path == f"{LOGIN}callback/"
    return client.get(f"{parts.path}?{parts.query}")


def join(client: Client, **fields: str):
    """Sign in for the first time, and send the form with what it suggests but for `fields`."""
    answer = go_there_and_back(client)
    assert answer["Location"] == "/accounts/3rdparty/signup/"
    page = html.fromstring(client.get(answer["Location"]).content)
    form = next(form for form in page.forms if form.get("action") == answer["Location"])
    return client.post(answer["Location"], dict(form.form_values()) | fields)


def user_in(client: Client) -> User | None:
    user = auth.get_user(client)
    return user if isinstance(user, User) else None


def test_a_newcomer_chooses_a_name_and_is_in(provider, client):
    answer = join(client)

    assert answer["Location"] == "/"
    user = user_in(client)
    assert (user.username, user.email, user.first_name, user.last_name) == (
        "cleo", "cleo@example.com", "", "",
    )  # fmt: skip
    assert not user.has_usable_password()
    assert list(EmailAddress.objects.values_list("email", "verified")) == [
        ("cleo@example.com", True)
    ]


def test_next_time_one_press_is_enough(provider):
    join(Client())
    client = Client()

    answer = go_there_and_back(client, f"{LOGIN}?next=/shelf/")

    assert answer["Location"] == "/shelf/"
    assert user_in(client).username == "cleo"


@pytest.mark.parametrize(
    "name", ["ana", "Аna", "admin", "..", "somebody@example.com", "a b", "", "settings"]
)
def test_names_of_elsewhere_keep_to_the_rules_here(provider, client, ana, name):
    provider.claims["preferred_username"] = name

    answer = join(client, username=name)

    assert answer.status_code == 200
    assert "error" in answer.content.decode()
    assert user_in(client) is None
    assert User.objects.count() == 1
    assert join(client, username="cleo2")["Location"] == "/"


def test_an_address_that_the_provider_has_not_confirmed_is_confirmed_here(
    provider, client, mailoutbox
):
    provider.claims["email_verified"] = False

    answer = join(client)

    assert answer["Location"] == "/accounts/confirm-email/"
    assert user_in(client) is None
    assert client.get("/shelf/").status_code == 302
    client.post(re.search(r"/accounts/confirm-email/\S+", mailoutbox[-1].body)[0])
    assert EmailAddress.objects.get().verified


def test_another_address_than_the_providers_counts_when_it_is_confirmed(provider, client):
    join(client, email="other@example.com")

    assert user_in(client).email == "cleo@example.com"
    assert not EmailAddress.objects.get(email="other@example.com").verified
    UserFactory(username="dora", email="dora@example.com")
    provider.claims |= {"sub": "43", "email": "", "preferred_username": "evil"}
    other = Client()
    assert join(other, email="dora@example.com")["Location"] == "/accounts/confirm-email/"
    assert user_in(other) is None


@pytest.mark.parametrize("confirmed_there", [True, False])
@pytest.mark.parametrize("confirmed_here", [True, False])
def test_nobodys_account_is_taken_over_by_an_address(
    provider, client, mailoutbox, confirmed_there, confirmed_here
):
    victim = UserFactory(username="victim", email="cleo@example.com")
    EmailAddress.objects.create(
        user=victim, email=victim.email, verified=confirmed_here, primary=True
    )
    provider.claims["email_verified"] = confirmed_there

    join(client)

    assert user_in(client) is None
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_a_reader_connects_an_account_and_signs_in_with_it(provider, client, ana, mailoutbox):
    ana.set_password(PASSWORD)
    ana.save()
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    client.force_login(ana)

    asked = go_there_and_back(client, f"{LOGIN}?process=connect")
    assert not SocialAccount.objects.exists()
    client.post(asked["Location"], {"password": PASSWORD})

    assert SocialAccount.objects.get().user == ana
    assert mailoutbox[-1].subject == "[BookShelf] Third-Party Account Connected"
    other = Client()
    go_there_and_back(other)
    assert user_in(other) == ana
    assert list(EmailAddress.objects.values_list("email", flat=True)) == [ana.email]


def test_the_account_of_another_cannot_be_connected(provider, client, ana):
    join(Client())
    client.force_login(ana)
    reauthenticate(client, ana)

    go_there_and_back(client, f"{LOGIN}?process=connect")

    assert SocialAccount.objects.get().user.username == "cleo"


def test_who_has_no_password_signs_in_there_again_and_nothing_typed_is_lost(provider, client):
    join(client)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session.save()

    asked = client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    page = html.fromstring(client.get(asked["Location"]).content)
    button = next(form for form in page.forms if form.get("action").startswith(LOGIN))
    back = go_there_and_back(client, button.get("action"))
    client.get(back["Location"])

    assert EmailAddress.objects.filter(email="new@example.com").exists()


def test_the_account_of_another_there_proves_nothing(provider, client, ana):
    join(Client())
    ana.set_unusable_password()
    ana.save()
    client.force_login(ana)

    go_there_and_back(client, f"{LOGIN}?process=redirect&next=/accounts/email/")

    client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert not EmailAddress.objects.filter(email="new@example.com").exists()
    assert user_in(client) == ana


def test_a_second_factor_is_asked_for_here_too(provider, client):
    join(Client())
    TOTP.activate(User.objects.get(), "JBSWY3DPEHPK3PXP")

    answer = go_there_and_back(client)

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert user_in(client) is None


def test_a_get_signs_nobody_in(provider, client):
    answer = client.get(LOGIN)

    assert answer.status_code == 200
    assert "Go on with Elsewhere" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "?code=1", "?state=x&code=1", "?error=access_denied"])
def test_an_answer_that_was_not_asked_for_is_refused(provider, client, query):
    answer = client.get(f"{LOGIN}callback/{query}")

    assert answer.status_code in (200, 401)
    assert user_in(client) is None


def test_a_provider_that_does_not_answer_makes_no_error(provider, client, settings):
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["settings"]["server_url"] = "http://127.0.0.1:1"

    answer = client.post(LOGIN)

    assert answer.status_code == 502
    assert "did not say who you are" in answer.content.decode()


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": "x" * 300}, {"sub": 1, "email": 7}])
def test_a_provider_that_says_nothing_sensible_makes_no_error(provider, client, claims):
    provider.claims = claims

    answer = go_there_and_back(client)

    assert answer.status_code in (302, 401, 502)
    assert user_in(client) is None


def test_storms_of_requests_to_a_provider_are_limited(provider, client, settings):
    settings.RATE_LIMITS = True
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_RATES

    answers = [client.post(LOGIN).status_code for _ in range(22)]

    assert answers == [302] * 20 + [429] * 2


# --- Without any -------------------------------------------------------------


PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/2fa/", "/accounts/3rdparty/"]


@pytest.mark.parametrize("path", PAGES)
def test_without_a_provider_no_page_speaks_of_one(client, as_ana, path):
    text = (client if path in PAGES[:2] else as_ana).get(path).content.decode()

    assert "Go on with" not in text
    assert "Connect" not in text or path == "/accounts/3rdparty/"
    assert 'class="providers"' not in text


@pytest.mark.parametrize("path", ["github/login/", "oidc/google/login/", "oidc/oidc/login/"])
@pytest.mark.parametrize("end", ["", "callback/", "callback/?code=1&state=1"])
def test_without_a_provider_its_pages_are_not_there(client, path, end):
    assert client.get(f"/accounts/{path}{end}").status_code == 404
    assert end or client.post(f"/accounts/{path}").status_code == 404


def test_the_database_names_no_provider(client):
    SocialApp.objects.create(provider="github", name="Planted", client_id="x", secret="x")

    assert "Planted" not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/github/login/").status_code == 404


def test_an_account_of_a_provider_that_is_gone_is_in_nobodys_way(as_ana, ana):
    SocialAccount.objects.create(user=ana, provider="gone", uid="1")

    assert as_ana.get("/accounts/3rdparty/").status_code == 200
    assert as_ana.get("/accounts/sign-in-again/").status_code == 200
