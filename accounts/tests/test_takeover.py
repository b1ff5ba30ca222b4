"""Whoever finds a session open cannot make the account theirs, nor do anything in silence."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.tests.proof import PASSWORD, confirmed_account, reauthenticate

pytestmark = pytest.mark.django_db

OTHER = "a room with a view"
OLD, NEW = "cleo@example.com", "new@example.com"


@pytest.fixture
def cleo() -> User:
    return confirmed_account("cleo")


@pytest.fixture
def as_cleo(cleo) -> Client:
    client = Client()
    client.force_login(cleo)
    return client


def views(patterns: list, prefix: str = "/accounts/") -> dict[str, str]:
    """Map the name of each of allauth's views to its path, with 1 for what is to be filled in."""
    found: dict[str, str] = {}
    for pattern in patterns:
        path = prefix + re.sub(r"<\w+:\w+>", "1", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            found |= views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and "(?P<" not in path:
            found[pattern.name] = path
    return found


VIEWS = views(
    next(
        each.url_patterns
        for each in get_resolver().url_patterns
        if getattr(getattr(each, "urlconf_module", None), "__name__", "") == "accounts.allauth_urls"
    )
)

CHANGES = {
    "account_email": [
        {"email": NEW, "action_add": ""},
        {"email": OLD, "action_remove": ""},
        {"email": OLD, "action_primary": ""},
    ],
    "account_set_password": [{"password1": OTHER, "password2": OTHER}],
    "mfa_activate_totp": [{"code": "123456"}],
    "mfa_deactivate_totp": [{}],
    "mfa_generate_recovery_codes": [{}],
    "mfa_view_recovery_codes": [{}],
    "mfa_download_recovery_codes": [{}],
    "mfa_add_webauthn": [{"name": "Theirs", "credential": "{}"}],
    "mfa_edit_webauthn": [{"name": "Theirs"}],
    "mfa_remove_webauthn": [{}],
    "socialaccount_connections": [{"account": "1"}],
}
"""What changes by what an account is opened, or shows it, and what is sent to it."""

PROVE_THEMSELVES = {
    "account_login", "account_signup", "account_reset_password", "account_confirm_login_code",
    "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate", "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn", "socialaccount_signup", "github_login", "github_callback",
    "openid_connect_login", "openid_connect_callback",
    # Asks for the old password itself.
    "account_change_password",
}  # fmt: skip
CHANGE_NOTHING = {
    "account_logout", "account_inactive", "account_email_verification_sent",
    "account_reset_password_done", "account_reset_password_from_key_done", "mfa_index",
    "mfa_list_webauthn", "socialaccount_login_cancelled", "socialaccount_login_error",
    # Protects: it ends the sessions of others.
    "usersessions_list",
}  # fmt: skip


def test_each_of_allauths_views_is_of_one_kind():
    kinds = [set(CHANGES), PROVE_THEMSELVES, CHANGE_NOTHING]

    assert set.union(*kinds) == set(VIEWS)
    assert sum(map(len, kinds)) == len(VIEWS)


def ways_in() -> list[list[dict]]:
    """Return all that accounts are opened by."""
    models = (User, EmailAddress, Authenticator, SocialAccount)
    return [list(model.objects.order_by("pk").values()) for model in models]


def equip(user: User) -> None:
    """Give an account an app, codes, a key and a connected account, or what stands for them."""
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    for kind in (Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN):
        data = {"seed": "ab" * 40, "used_mask": 0, "name": "Mine", "credential": {}}
        Authenticator.objects.create(pk=None, user=user, type=kind, data=data)
    SocialAccount.objects.create(user=user, provider="oidc", uid="1")


@pytest.mark.parametrize("when", ["never", "long ago"])
@pytest.mark.parametrize("name", CHANGES)
def test_without_proving_who_one_is_nothing_changes(cleo, as_cleo, settings, name, when):
    settings.SOCIALACCOUNT_PROVIDERS = OIDC
    if name == "account_set_password":
        cleo.set_unusable_password()
        cleo.save()
        as_cleo.force_login(cleo)
    if name != "mfa_activate_totp":
        equip(cleo)
    if when == "long ago":
        reauthenticate(as_cleo, cleo)
        session = as_cleo.session
        session["account_authentication_methods"][0]["at"] = time.time() - 301
        session.save()
    account = SocialAccount.objects.first()
    key = Authenticator.objects.filter(type="webauthn").first()
    path = VIEWS[name].replace("/1/", f"/{key.pk if key else 1}/")
    before = ways_in()

    for fields in CHANGES[name]:
        if "account" in fields and account:
            fields = {"account": str(account.pk)}
        answer = as_cleo.post(path, fields)
        if answer.status_code != 405:
            assert answer.status_code == 302, fields
            is_again = "/reauthenticate/" in answer["Location"]
            assert is_again or answer["Location"] == reverse("account_set_password")
        shown = as_cleo.get(path)
        assert shown.status_code in (200, 302)
        assert "JBSWY3DPEHPK3PXP" not in shown.content.decode()

    assert ways_in() == before


OIDC = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": "Elsewhere",
                "client_id": "id",
                "secret": "secret",
                "settings": {"server_url": "https://elsewhere.example"},
            }
        ]
    }
}


def test_the_new_address_that_was_typed_is_not_lost_while_one_proves_who_one_is(
    as_cleo, mailoutbox
):
    asked = as_cleo.post("/accounts/email/", {"email": NEW, "action_add": ""})

    answer = as_cleo.post(asked["Location"], {"password": PASSWORD})

    assert answer["Location"] == "/accounts/email/"
    assert EmailAddress.objects.filter(email=NEW, verified=False).exists()


def test_a_password_is_not_kept_while_one_proves_who_one_is(cleo, as_cleo):
    cleo.set_unusable_password()
    cleo.save()
    as_cleo.force_login(cleo)
    equip(cleo)

    as_cleo.post("/accounts/password/set/", {"password1": OTHER, "password2": OTHER})

    assert OTHER not in str(dict(as_cleo.session))


def test_who_has_neither_password_nor_key_is_asked_too(cleo, as_cleo):
    """They sign in with another site; allauth would let them through."""
    cleo.set_unusable_password()
    cleo.save()
    as_cleo.force_login(cleo)

    answer = as_cleo.post("/accounts/email/", {"email": NEW, "action_add": ""})

    assert answer["Location"] == "/accounts/sign-in-again/?next=%2Faccounts%2Femail%2F"
    assert "Have a link sent to you" in as_cleo.get(answer["Location"]).content.decode()
    assert not EmailAddress.objects.filter(email=NEW).exists()


# --- Notices -----------------------------------------------------------------


def told(mailoutbox) -> list[tuple[str, str]]:
    """Return to whom mails have gone, and their subjects."""
    return [(mail.to[0], mail.subject.removeprefix("[BookShelf] ")) for mail in mailoutbox]


def test_the_old_address_hears_that_a_new_one_is_wanted_and_that_it_is_there(
    cleo, as_cleo, mailoutbox
):
    reauthenticate(as_cleo, cleo)

    as_cleo.post("/accounts/email/", {"email": NEW, "action_add": ""})

    assert (OLD, "Somebody Wants to Change Your Email Address") in told(mailoutbox)
    cleo.refresh_from_db()
    assert cleo.email == OLD
    (link,) = [mail for mail in mailoutbox if mail.to == [NEW]]
    as_cleo.post(re.search(r"/accounts/confirm-email/\S+", link.body)[0])
    cleo.refresh_from_db()
    assert cleo.email == NEW
    assert told(mailoutbox)[-1] == (OLD, "Email Changed")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(NEW, True)]


def test_an_address_that_was_never_confirmed_hears_of_it_as_well(cleo, as_cleo, mailoutbox):
    EmailAddress.objects.update(verified=False)
    reauthenticate(as_cleo, cleo)

    as_cleo.post("/accounts/email/", {"email": NEW, "action_add": ""})

    assert OLD in [address for address, _ in told(mailoutbox)]


def test_each_change_is_told_by_mail(cleo, as_cleo, mailoutbox, settings):
    settings.SOCIALACCOUNT_PROVIDERS = OIDC
    equip(cleo)
    reauthenticate(as_cleo, cleo)
    account = SocialAccount.objects.get()

    as_cleo.post("/accounts/3rdparty/", {"account": str(account.pk)})
    as_cleo.post(VIEWS["mfa_deactivate_totp"])
    passwords = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    as_cleo.post("/accounts/password/change/", passwords)

    assert told(mailoutbox) == [
        (OLD, "Third-Party Account Disconnected"),
        (OLD, "Authenticator App Deactivated"),
        (OLD, "Password Changed"),
    ]
