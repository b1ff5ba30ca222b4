"""Blocked addresses and domains: nobody joins with one, and the answer says nothing of accounts."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.factories import UserFactory
from accounts.models import BlockedMail, User
from accounts.models.blocked_mail import BLOCKED
from bookshelf.mail.queue import QueuedMail

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"


def block(*patterns: str) -> None:
    for pattern in patterns:
        blocked = BlockedMail(pattern=pattern)
        blocked.full_clean()
        blocked.save()


def is_blocked(email: str) -> bool:
    try:
        BlockedMail.objects.check_allowed(email)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("pattern", "email"),
    [
        ("spam.example", "ana@spam.example"),
        ("spam.example", "ana@SPAM.Example"),
        ("spam.example", "ana@mail.spam.example"),
        ("spam.example", "ana@spam.example."),
        ("*.spam.example", "ana@spam.example"),
        ("@spam.example", "ana@spam.example"),
        ("SPAM.example.", "ana@spam.example"),
        ("bücher.example", "ana@xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "ana@BÜCHER.example"),
        ("spam.example", "ana@spam\u3002example"),
        ("spam.example", "ana@\uff53pam.example"),
        ("ana@books.example", "Ana@books.example"),
        ("ana@books.example", "ana+shelf@books.example"),
        ("ana+shelf@books.example", "ana+other@books.example"),
        ("a.na@gmail.com", "an.a+x@gmail.com"),
    ],
)
def test_spellings_of_what_is_blocked_are_blocked(pattern, email):
    block(pattern)

    assert is_blocked(email)


@pytest.mark.parametrize(
    ("pattern", "email"),
    [
        ("spam.example", "ana@notspam.example"),
        ("mail.spam.example", "ana@spam.example"),
        ("ana@books.example", "ben@books.example"),
        ("ana@books.example", "ana@mail.books.example"),
        ("a.na@books.example", "ana@books.example"),
    ],
)
def test_others_are_not(pattern, email):
    block(pattern)

    assert not is_blocked(email)


@pytest.mark.parametrize("pattern", ["", "  ", "@", "*", "."])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValidationError):
        block(pattern)


# --- The ways to an address --------------------------------------------------------


def sign_up(client, email: str):
    fields = {"username": "cleo", "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", fields | {"email": email})


def change(client, email: str):
    client.force_login(UserFactory())
    return client.post("/accounts/email/", {"email": email, "action_add": ""})


def invite(client, email: str):
    client.force_login(UserFactory(is_staff=True))
    return client.post("/accounts/invitations/", {"email": email})


@pytest.mark.parametrize("way", [sign_up, change, invite], ids=lambda way: way.__name__)
@pytest.mark.parametrize("email", ["ana+x@Spam.example", "known@mail.spam.example"])
def test_no_way_leads_to_a_blocked_address(settings, client, way, email):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.EMAIL_BACKEND = settings.MAIL_QUEUE
    known = UserFactory(email="known@mail.spam.example")
    EmailAddress.objects.create(user=known, email=known.email, verified=True, primary=True)
    block("spam.example")

    answer = way(client, email)

    # The same for an address with an account and one without.
    assert str(BLOCKED) in answer.content.decode()
    assert not QueuedMail.objects.exists()
    assert not User.objects.filter(username="cleo").exists()


def test_who_has_a_blocked_address_keeps_their_account(client, mailoutbox):
    user = UserFactory(email="ana@spam.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    block("spam.example")

    client.post("/accounts/password/reset/", {"email": user.email})

    assert "/password/reset/key/" in mailoutbox[0].body
