"""What staff do to accounts: owners hear of it, and no secret is shown."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.factories import UserFactory
from accounts.models import User
from accounts.tests.proof import PASSWORD, confirmed_account
from accounts.tests.test_takeover import NEW, OLD, equip, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo(db) -> User:
    return confirmed_account("cleo")


@pytest.fixture
def keeper(db) -> Client:
    client = Client()
    client.force_login(UserFactory(username="keeper", is_staff=True, is_superuser=True))
    return client


def change_in_the_admin(client: Client, user: User, **changes: str) -> None:
    path = reverse("admin:accounts_user_change", args=[user.pk])
    form = client.get(path).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in fields.items() if value not in (None, False)}
    joined = fields.pop("date_joined")
    fields.pop("last_login", None)
    fields |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    assert client.post(path, fields | changes).status_code == 302


def test_an_address_that_staff_replace_hears_of_it_and_opens_the_account_no_more(
    cleo, keeper, mailoutbox
):
    change_in_the_admin(keeper, cleo, email=NEW)

    assert told(mailoutbox) == [(OLD, "Email Changed"), (NEW, "Please Confirm Your Email Address")]
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(NEW, False)]
    login = {"login": OLD, "password": PASSWORD}
    assert Client().post("/accounts/login/", login).status_code == 200


def test_what_staff_change_beside_the_address_leaves_it_as_it_is(cleo, keeper, mailoutbox):
    change_in_the_admin(keeper, cleo, name="Cleo")

    assert told(mailoutbox) == []
    assert EmailAddress.objects.get().verified


def test_an_address_is_not_rewritten_on_its_own_page(cleo, keeper):
    address = EmailAddress.objects.get()
    path = reverse("admin:account_emailaddress_change", args=[address.pk])

    keeper.post(path, {"email": NEW, "user": str(cleo.pk), "primary": "on", "verified": "on"})

    address.refresh_from_db()
    assert address.email == OLD


def test_staff_see_no_secret_and_the_owner_hears_when_a_factor_is_removed(cleo, keeper, mailoutbox):
    equip(cleo)
    app = Authenticator.objects.get(type="totp")
    path = reverse("admin:mfa_authenticator_change", args=[app.pk])

    assert "JBSWY3DPEHPK3PXP" not in keeper.get(path).content.decode()
    keeper.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})

    assert told(mailoutbox) == [(OLD, "Authenticator App Deactivated")]
    assert not Authenticator.objects.filter(pk=app.pk).exists()
