"""Invitations: who may invite, and what a link lets one person do, once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.inviting import invitation_refusal
from accounts.models import Invitation, User
from accounts.models.invitation import LASTS, MOST_OPEN, TooManyOpen
from accounts.posting_policy import posting_refusal
from bookshelf.mail.queue import QueuedMail

pytestmark = pytest.mark.django_db

PATH = "/accounts/invitations/"
PASSWORD = "a very quiet room"
LONG_AGO = timezone.now() - timedelta(days=30)


@pytest.fixture(autouse=True)
def by_invitation(settings):
    settings.WHO_MAY_POST = "invited"
    settings.EMAIL_BACKEND = settings.MAIL_QUEUE


@pytest.fixture
def member(ana) -> User:
    """A member in good standing."""
    ana.is_invited, ana.date_joined = True, LONG_AGO
    ana.save()
    return ana


def link_on(page) -> str:
    found = re.search(r'value="http://testserver(/accounts/invitations/[^"/]+/)"', page)
    return found[1] if found else ""


def make(client: Client, email: str = "") -> str:
    """Make an invitation on the page, and return its link."""
    client.post(PATH, {"email": email})
    return link_on(client.get(PATH).content.decode())


def sign_up(client: Client, link: str, name: str = "cleo"):
    page = client.get(link).content.decode()
    join = re.search(r'href="(/accounts/signup/\?invitation=[^"]+)"', page)[1]
    form = client.get(join).content.decode()
    token = re.search(r'name="invitation" value="([^"]+)"', form)[1]
    fields = {"username": name, "email": f"{name}@example.com", "invitation": token}
    client.post("/accounts/signup/", fields | {"password1": PASSWORD, "password2": PASSWORD})
    return form


def test_who_joins_with_an_invitation_may_post(member, as_ana):
    link = make(as_ana)

    form = sign_up(Client(), link)

    assert "<bdi>Ana</bdi> has invited you" in form
    cleo = User.objects.get(username="cleo")
    assert posting_refusal(cleo) == ""
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.accepted_by) == ("accepted", cleo)
    assert "accepted by" in " ".join(as_ana.get(PATH).content.decode().split())


def test_a_member_accepts_it_with_the_account_that_they_have(member, as_ana, as_ben, ben):
    link = make(as_ana)
    assert "Accept the invitation" in as_ben.get(link).content.decode()

    assert as_ben.post(link)["Location"] == "/posts/new/"

    ben.refresh_from_db()
    assert ben.is_invited


def test_looking_at_an_invitation_uses_nothing_up(member, as_ana, as_ben):
    link = make(as_ana)
    for client in (Client(), as_ana, as_ben):
        client.get(link)
        client.head(link)

    assert Invitation.objects.get().state == "open"


def test_it_works_once(member, as_ana, as_ben):
    link = make(as_ana)
    as_ben.post(link)
    dora = UserFactory()
    third = Client()
    third.force_login(dora)

    assert third.get(link).status_code == 410
    assert third.post(link).status_code == 410
    dora.refresh_from_db()
    assert not dora.is_invited


def test_its_own_maker_cannot_use_it(member, as_ana):
    token = Invitation.objects.invite(member)
    member.is_invited = False
    member.save()

    assert not Invitation.objects.accept(token, member)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_is_let_in(member):
    token = Invitation.objects.invite(member)
    users = [UserFactory() for _ in range(4)]

    def accept(user: User) -> bool:
        try:
            return Invitation.objects.accept(token, user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(accept, users)) == [False, False, False, True]
    assert User.objects.filter(is_invited=True).exclude(pk=member.pk).count() == 1


def test_what_is_taken_back_or_expired_works_no_longer(member, as_ana, as_ben):
    first, second = make(as_ana), make(as_ana)
    back = Invitation.objects.order_by("pk")[0]

    as_ana.post(f"{PATH}{back.pk}/take-back/")
    Invitation.objects.exclude(pk=back.pk).update(expires_at=timezone.now())

    for link in (first, second):
        assert as_ben.post(link).status_code == 410
        assert "is over" in Client().get(link).content.decode()
    page = as_ana.get(PATH).content.decode()
    assert "taken back" in page
    assert "expired" in page


@pytest.mark.parametrize("token", ["x", "0" * 32, "%00", "1/take-back", "é"])
def test_a_made_up_token_is_over_too(db, client, token):
    assert client.get(f"{PATH}{token}/").status_code in (404, 405, 410)


def test_nobody_takes_back_what_is_somebody_elses(member, as_ana, as_ben):
    make(as_ana)

    answer = as_ben.post(f"{PATH}{Invitation.objects.get().pk}/take-back/")

    assert answer.status_code == 404
    assert Invitation.objects.get().state == "open"


def test_what_an_inviter_who_is_locked_has_given_away_works_no_longer(member, as_ana, as_ben):
    link = make(as_ana)
    member.is_active = False
    member.save()

    assert as_ben.post(link).status_code == 410


def test_a_link_is_shown_once_and_only_its_hash_is_stored(member, as_ana):
    link = make(as_ana)
    token = link.split("/")[-2]

    assert link not in as_ana.get(PATH).content.decode()
    assert len(token) >= 32
    assert token not in str(Invitation.objects.values().get())


def test_no_member_has_more_than_a_few_open(member, as_ana):
    for _ in range(MOST_OPEN):
        Invitation.objects.invite(member)

    answer = as_ana.post(PATH, {"email": "dora@example.com"})

    assert (answer.status_code, "Take one back" in answer.content.decode()) == (422, True)
    assert "dora@example.com" in answer.content.decode()
    with pytest.raises(TooManyOpen):
        Invitation.objects.invite(member)
    Invitation.objects.first().take_back()
    assert Invitation.objects.invite(member)


@pytest.mark.parametrize(
    ("who", "rule", "may"),
    [
        ({"is_invited": True, "date_joined": LONG_AGO}, "invited", True),
        ({"is_invited": True}, "invited", False),
        ({"date_joined": LONG_AGO}, "invited", False),
        ({"date_joined": LONG_AGO}, "everybody", True),
        ({"is_staff": True}, "invited", True),
        ({"is_staff": True}, "approved", False),
    ],
)
def test_who_may_invite(settings, client, who, rule, may):
    settings.WHO_MAY_POST = rule
    user = UserFactory(**who)
    client.force_login(user)

    assert (invitation_refusal(user) == "") == may
    client.post(PATH, {})
    assert Invitation.objects.exists() == may


# --- By mail -----------------------------------------------------------------------


def test_an_invitation_can_be_mailed(member, as_ana, as_ben):
    make(as_ana, "Dora@example.com")

    mail = QueuedMail.objects.get()
    assert (mail.to, "Ana invites you" in mail.subject) == ("dora@example.com", True)
    link = re.search(r"http://testserver(/\S+)", mail.content["body"])[1]
    assert as_ben.post(link).status_code == 302
    assert f"within {LASTS.days} days" in mail.content["body"]


def test_an_address_is_mailed_once_a_day_whoever_invites(member, as_ana):
    UserFactory(username="eve", is_invited=True, date_joined=LONG_AGO)
    eve = Client()
    eve.force_login(User.objects.get(username="eve"))
    make(as_ana, "dora@example.com")

    link = make(eve, "DORA@example.com")

    assert link
    assert QueuedMail.objects.count() == 1


def test_whether_an_address_has_an_account_makes_no_difference(member, as_ana, ben):
    answers = [
        as_ana.post(PATH, {"email": email}, follow=True).content.decode().replace(email, "EMAIL")
        for email in (ben.email, "nobody@example.com")
    ]
    tokens = r'value="[^"]+"|CSRFToken": "[^"]+"|EMAIL.*|<button|\d+'

    assert re.sub(tokens, "", answers[0])[:2000] == re.sub(tokens, "", answers[1])[:2000]
    assert QueuedMail.objects.count() == 2


def test_a_sign_up_that_fails_uses_up_no_invitation(settings, member, as_ana, ben):
    """Nor does one with an address that has an account: the owner is told by mail."""
    from allauth.account.models import EmailAddress

    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=ben, email="cleo@example.com", verified=True, primary=True)

    sign_up(Client(), make(as_ana))

    assert not User.objects.filter(username="cleo").exists()
    assert Invitation.objects.get().state == "open"
