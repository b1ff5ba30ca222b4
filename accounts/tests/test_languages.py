"""A mail is in the language, and the time zone, of who gets it."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.translation import get_language, override

from accounts.adapter import AccountAdapter
from accounts.languages import in_language_of, moment
from accounts.leaving.departures import leave
from accounts.models import User

pytestmark = pytest.mark.usefixtures("languages")

SUMMER = datetime(2026, 5, 9, 10, 5, tzinfo=UTC)


@contextmanager
def request_of(user, language):
    """A request that is answered in this language."""
    request = RequestFactory().get("/")
    request.user = user
    with request_context(request), override(language):
        yield request


@pytest.fixture
def german(ana) -> User:
    ana.language = "de"
    ana.save()
    return ana


@pytest.fixture
def rendered(monkeypatch) -> list[str | None]:
    """The languages in which mails of accounts are rendered."""
    languages: list[str | None] = []
    render = AccountAdapter.render_mail

    def note(*args, **kwargs):
        languages.append(get_language())
        return render(*args, **kwargs)

    monkeypatch.setattr(AccountAdapter, "render_mail", note)
    return languages


def test_a_chosen_language_is_used_and_given_back(german):
    with override("es"):
        with in_language_of(german):
            assert get_language() == "de"
        assert get_language() == "es"


def test_who_has_chosen_none_gets_the_language_of_their_own_request(ana, ben, settings):
    with request_of(ana, "es"), in_language_of(ana):
        assert get_language() == "es"
    with request_of(AnonymousUser(), "es"), in_language_of(ana):
        assert get_language() == "es"
    with request_of(ben, "es"), in_language_of(ana):
        assert get_language() == settings.LANGUAGE_CODE


def test_a_command_mails_in_the_language_of_the_site(ana, settings):
    settings.LANGUAGE_CODE = "de"
    with override("es"), in_language_of(ana):
        assert get_language() == "de"


def test_a_language_that_the_site_no_longer_has_counts_as_none(german, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]
    with in_language_of(german):
        assert get_language() == settings.LANGUAGE_CODE


def test_times_are_in_the_chosen_zone(german):
    german.time_zone = "Europe/Berlin"
    with in_language_of(german):
        assert "Mai 2026, 12:05 CEST" in moment(SUMMER)
    assert moment(SUMMER) == "9 May 2026, 10:05 UTC"
    assert timezone.get_current_timezone_name() == "UTC"


def test_what_happened_to_an_account_is_mailed_in_its_language(german, ben):
    EmailAddress.objects.create(user=german, email=german.email, verified=True, primary=True)

    with request_of(ben, "es") as request:
        get_adapter(request).send_notification_mail("account/email/password_changed", german)

    assert mail.outbox[0].subject == "[BookShelf] Passwort geändert"


def test_a_link_is_mailed_in_the_language_of_its_account(german):
    context = {"user": german, "password_reset_url": "https://books.example/"}

    with request_of(AnonymousUser(), "es") as request:
        get_adapter(request).send_password_reset_mail(german, german.email, context)

    assert "Passwort" in mail.outbox[0].subject
    assert "https://books.example/" in mail.outbox[0].body


def test_the_last_mail_of_an_account_is_in_the_language_that_it_had(german, rendered):
    leave(german, keeps_texts=True)

    assert rendered == ["de"]


def test_an_invitation_is_in_the_language_of_who_invites(german, rendered, settings):
    settings.NEWCOMER_HOURS = 0
    client = Client()
    client.force_login(german)

    client.post("/accounts/invitations/", {"email": "cleo@example.com"})

    assert rendered == ["de"]
