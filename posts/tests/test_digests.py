"""`manage.py maildigests`: a mail with what was not read, for those who want one."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command

from posts.factories import commented, published
from posts.models import Notification


@pytest.fixture
def post(ana):
    """A post of Ana's, who wants digests."""
    ana.digest = True
    ana.save()
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    return published(author=ana, title="Emma & Co.")[0]


def digest() -> list:
    mail.outbox.clear()
    call_command("maildigests", site="https://books.example/")
    return mail.outbox


def test_what_was_not_read_is_mailed_once(post, ana, ben):
    commented(post, "Quite so. ||He dies.||", author=ben)

    (letter,) = digest()

    assert letter.to == [ana.email]
    assert "Ben commented on “Emma & Co.”: Quite so. [spoiler]" in letter.body
    assert f"https://books.example/notifications/{Notification.objects.get().pk}/" in letter.body
    assert "He dies" not in letter.body
    assert digest() == []


def test_what_was_read_or_removed_is_not_mailed(post, ana):
    commented(post)
    Notification.objects.of(ana).mark_read(ana)
    assert digest() == []

    commented(post).remove()
    assert digest() == []


@pytest.mark.parametrize("reason", ["digest", "is_active"])
def test_who_does_not_want_it_gets_none(post, ana, reason):
    commented(post)
    ana.refresh_from_db()
    setattr(ana, reason, False)
    ana.save()

    assert digest() == []


def test_an_address_that_nobody_has_verified_gets_none(post):
    commented(post)
    EmailAddress.objects.update(verified=False)

    assert digest() == []
