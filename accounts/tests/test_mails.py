"""A request never waits for the mail server: the mail is stored, and the answer is the truth."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.mail.queue import QueuedMail
from bookshelf.mail.sender import deliver
from bookshelf.tests.mail_servers import mail_server

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
SIGN_UP = {
    "username": "cleo", "email": "cleo@example.com", "password1": PASSWORD, "password2": PASSWORD,
}  # fmt: skip


@pytest.fixture(autouse=True)
def as_on_a_server(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.EMAIL_BACKEND = settings.MAIL_QUEUE
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.2


def test_who_signs_up_while_the_mail_server_hangs_gets_in_once_it_is_back(settings):
    client = Client()
    with mail_server(hello=None) as server:
        settings.EMAIL_PORT = server.port

        page = client.post("/accounts/signup/", SIGN_UP, follow=True)

        assert server.connections == 0
        assert "on its way to you" in page.content.decode()
        assert not deliver()
    assert User.objects.get().username == "cleo"

    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        deliver()
        (text,) = server.mails
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", text)[1]
    client.post(link)
    assert EmailAddress.objects.get().verified


def test_a_sign_up_whose_mail_cannot_be_stored_leaves_nothing_behind(monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("bookshelf.mail.queue.MailQuerySet.add", fail)
    client = Client(raise_request_exception=False)

    assert client.post("/accounts/signup/", SIGN_UP).status_code == 500
    assert not User.objects.exists()

    monkeypatch.undo()
    client.post("/accounts/signup/", SIGN_UP)
    assert User.objects.get().username == "cleo"


def test_who_got_no_mail_has_another_sent_by_signing_in():
    client = Client()
    client.post("/accounts/signup/", SIGN_UP)
    QueuedMail.objects.all().delete()

    client.post("/accounts/login/", {"login": "cleo", "password": PASSWORD})

    assert QueuedMail.objects.get().to == "cleo@example.com"


def test_a_reset_is_queued_for_those_who_are_known_and_those_who_are_not():
    user = UserFactory(email="known@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    for who in ("known", "unknown"):
        response = Client().post("/accounts/password/reset/", {"email": f"{who}@example.com"})
        assert response["Location"] == "/accounts/password/reset/done/"

    assert {mail.to for mail in QueuedMail.objects.all()} == {
        "known@example.com",
        "unknown@example.com",
    }


@pytest.mark.parametrize("email", ["known@example.com", "stranger@example.com"])
def test_no_address_gets_many_mails_however_many_sign_up_with_it(settings, email):
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_RATES
    settings.CACHES = dict.fromkeys(settings.CACHES, settings.DATABASE_CACHE)
    user = UserFactory(email="known@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    for number in range(5):
        fields = SIGN_UP | {"username": f"new{number}", "email": email}
        Client().post("/accounts/signup/", fields, REMOTE_ADDR=f"198.51.100.{number}")

    assert QueuedMail.objects.count() == 1
