"""Whatever is sent to a form, no view fails.

With THOROUGH=1 a thousand examples of each.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.forms import BaseForm
from django.test import Client
from django.urls import resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.factories import UserFactory
from bookshelf.tests.door_table import NO, TABLE
from bookshelf.tests.doors import Address, DoorsWorld, addresses, patterns, undone
from bookshelf.tests.post_views import client_of
from posts.tests.cost import THOROUGH
from posts.tests.pictures import picture

# The stricter of the two about what can be stored; one is enough, for it takes a minute.
pytestmark = [pytest.mark.django_db, pytest.mark.only_on("postgresql")]

fuzz = settings(
    max_examples=1_000 if THOROUGH else 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

FORMS = sorted(
    {
        address
        for address, door in TABLE.items()
        if door.post != NO and not address.startswith("admin:") and " " not in address
    }
    | {name for name, _, _ in patterns() if re.match("admin:.*_(add|change|changelist)$", name)}
)
"""The names of views that are sent forms; of the admin those of its models."""

LEADS_ON = {"account_reset_password_from_key"}
"""Views that keep a secret of the address in the session, and lead to an address without it."""

CHOICE_OF_PERMISSIONS = {
    "admin:auth_group_add", "admin:auth_group_change", "admin:accounts_user_change",
}  # fmt: skip

OFF = {
    "BaseConfirmCodeForm", "ConfirmEmailVerificationCodeForm", "ConfirmLoginCodeForm",
    "ConfirmPasswordResetCodeForm", "RequestLoginCodeForm", "ChangePhoneForm", "VerifyPhoneForm",
    "ChangeEmailForm",
}  # fmt: skip
"""Forms of allauth's for what our settings leave off: codes by mail, and telephones."""

IN_BETWEEN = {
    "AuthenticateForm", "BaseAuthenticateForm", "ReauthenticateForm", "DeactivateTOTPForm",
    "LoginForm", "_TakesAnything", "AuthenticateWebAuthnForm", "EditWebAuthnForm",
    "LoginWebAuthnForm", "ReauthenticateWebAuthnForm", "SignupWebAuthnForm", "ProviderSignUpForm",
    "SignupForm", "SocialAppForm",
}  # fmt: skip
"""Forms in the middle of signing in by a second factor, a key or another site, for which there has
to be one: accounts/tests/test_two_factor.py and test_providers.py send them nonsense."""


def with_one_without_a_password() -> DoorsWorld:
    """Return a world in which somebody has signed up by way of another site."""
    world = DoorsWorld()
    without = UserFactory()
    without.set_unusable_password()
    without.save()
    world.clients["without a password"] = client_of(without)
    return world


WORLD = with_one_without_a_password


def role_for(name: str) -> str:
    """Return whom the form of a view is for."""
    if name == "account_set_password":
        return "without a password"
    if name in ("account_login", "account_signup", "account_reset_password_from_key"):
        return "guest"
    for_moderators = TABLE[name].post.get("moderator") == 302 if name in TABLE else False
    if name.startswith("admin:"):
        return "admin"
    return "moderator" if for_moderators and TABLE[name].post["reader"] == 403 else "author"


# --- Forms ---------------------------------------------------------------------------------------


@contextmanager
def forms_made() -> Iterator[list[BaseForm]]:
    """Yield the forms that are made meanwhile."""
    made: list[BaseForm] = []
    original = BaseForm.__init__

    def note(form: BaseForm, *args: Any, **kwargs: Any) -> None:
        original(form, *args, **kwargs)
        made.append(form)

    BaseForm.__init__ = note
    try:
        yield made
    finally:
        BaseForm.__init__ = original


def browser(world: DoorsWorld, role: str) -> Client:
    client = world.client(role)
    client.handler.enforce_csrf_checks = False
    return client


def opened_at(client: Client, address: Address) -> str:
    """Open the page of a form, and return where it is: a link from a mail leads on."""
    path = client.get(address.path, follow=True).request["PATH_INFO"]
    return path if resolve(path).view_name == address.name else address.path


def forms_at(world: DoorsWorld, found: list[Address], role: str) -> list[BaseForm]:
    """Return the forms that the views at these addresses make for a role."""
    with forms_made() as made:
        for address in found:
            client = browser(world, role)
            with undone():
                client.post(opened_at(client, address), address.fields)
    return made


def subclasses(form: type) -> Iterator[type]:
    for each in form.__subclasses__():
        yield each
        yield from subclasses(each)


def test_the_walk_reaches_every_form_of_ours_and_of_allauth(world):
    reached, everywhere = set(), addresses(world)
    for name in FORMS:
        found = [address for address in everywhere if address.name == name]
        made = forms_at(world, found, role_for(name))
        reached |= {base for form in made for base in type(form).__mro__}

    ours = {
        form for form in subclasses(BaseForm)
        if form.__module__.startswith(("accounts.", "posts.", "updater.", "allauth."))
    }  # fmt: skip
    missed = {form.__name__ for form in ours - reached}
    assert missed - OFF - IN_BETWEEN == set()
    assert OFF & {form.__name__ for form in reached} <= {"BaseConfirmCodeForm"}


anything = (
    st.text(max_size=40)
    | st.sampled_from(["", "0", "1", "-1", "on", "9" * 30, "x" * 70_000, "\0", "a\r\nb", "  "])
    | st.text(st.characters(categories=["Cc", "Cf", "Mn", "Nd", "Zl"]), max_size=20)
    | st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.[a-z]{2,3}", fullmatch=True)
    | st.uuids().map(str)
    | st.lists(st.text(max_size=9), max_size=4)
)


def file_named(name: str, data: bytes, content_type: str) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name, file.content_type = name, content_type
    return file


files = st.builds(
    file_named,
    st.sampled_from(["cover.jpg", "x", "..", "a/b.png", "\u202egpj.exe", "x" * 300 + ".png"]),
    st.binary(max_size=200) | st.sampled_from([picture((40, 60)), picture((40, 60), "PNG")[:-9]]),
    st.sampled_from(["image/jpeg", "text/html", ""]),
)


@pytest.mark.parametrize("name", FORMS)
def test_no_form_fails_over_what_is_sent(world, name):
    role = role_for(name)
    found = [address for address in addresses(world) if address.name == name]
    made, by_guests = forms_at(world, found, role), forms_at(world, found, "guest")
    samples = {key: value for address in found for key, value in address.fields.items()}
    fields = {form.add_prefix(field) for form in made + by_guests for field in form.fields}
    fields |= {*samples, "next", "form_path", "typed_by", "form_signature", "stale_form", "action"}
    values = {
        field: anything | files if field == "cover" else anything | st.just(samples.get(field, ""))
        for field in fields
    }

    @fuzz
    @given(
        sent=st.fixed_dictionaries({}, optional=values),
        rest=st.booleans(),
        who=st.sampled_from([role, role, "guest"]),
        address=st.sampled_from(found),
    )
    def send(sent: dict[str, Any], rest: bool, who: str, address: Address) -> None:
        client = browser(world, who)
        with undone():
            path = opened_at(client, address) if name in LEADS_ON else address.path
            try:
                response = client.post(path, (samples if rest else {}) | sent)
            except OverflowError:
                # Django's: the admin's choice of permissions by a number that SQLite cannot hold.
                # A superuser alone can send that.
                assert name in CHOICE_OF_PERMISSIONS
                return
        assert response.status_code < 500

    send()
