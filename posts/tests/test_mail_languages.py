"""Digests and notices are in the language of who gets them."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.models import User
from posts.factories import commented, published
from posts.management.commands import maildigests
from posts.moderation import notices
from posts.tests.moderating import act

pytestmark = pytest.mark.usefixtures("languages")


@pytest.fixture
def german(ana) -> User:
    """A reader with a confirmed address, who wants digests."""
    ana.language, ana.digest = "de", True
    ana.save()
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    return ana


def noting(languages):
    def render(*args, **kwargs):
        languages.append(get_language())
        return render_to_string(*args, **kwargs)

    return render


def test_a_digest_is_in_the_language_of_who_wants_it(german, monkeypatch):
    languages = []
    monkeypatch.setattr(maildigests, "render_to_string", noting(languages))
    commented(published(author=german)[0])

    call_command("maildigests", site="https://books.example/")

    assert languages == ["de"]
    assert len(mail.outbox) == 1


def test_a_notice_is_in_the_language_of_whom_it_concerns(
    german, as_mod, monkeypatch, django_capture_on_commit_callbacks
):
    languages = []
    monkeypatch.setattr(notices, "render_to_string", noting(languages))
    post = published(author=german)[0]

    with django_capture_on_commit_callbacks(execute=True):
        act(as_mod, f"posts/{post.pk}", "hide")

    assert languages == ["de"]
    assert len(mail.outbox) == 1
