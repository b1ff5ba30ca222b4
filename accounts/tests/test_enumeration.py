"""No answer, and no time that it takes, says who has an account."""

import re
import statistics
import time

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.factories import UserFactory
from accounts.models import User
from accounts.tests.counting import HASHER, SLOW_HASHER, CountingHasher
from bookshelf.mail.queue import QueuedMail

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
KINDS = ["nobody", "known", "unconfirmed", "inactive", "locked"]
"""Accounts; "locked" has no password, as who signs in elsewhere."""


@pytest.fixture(autouse=True)
def as_on_a_server(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_RATE_LIMITS = False
    settings.EMAIL_BACKEND = settings.MAIL_QUEUE
    settings.PASSWORD_HASHERS = [HASHER]


@pytest.fixture
def readers(as_on_a_server):
    for name in KINDS[1:]:
        user = UserFactory(username=name, is_active=name != "inactive")
        if name != "locked":
            user.set_password(PASSWORD)
            user.save()
        EmailAddress.objects.create(
            user=user, email=user.email, verified=name != "unconfirmed", primary=True
        )


def sign_up(kind: str, client: Client, name: str = "newcomer"):
    return client.post(
        "/accounts/signup/",
        {
            "username": name,
            "email": f"{kind}@example.com",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )


def sign_in(kind: str, client: Client, name: str = ""):
    return client.post("/accounts/login/", {"login": kind, "password": "wrong"})


def sign_in_by_mail(kind: str, client: Client, name: str = ""):
    return sign_in(f"{kind}@example.com", client)


def reset(kind: str, client: Client, name: str = ""):
    return client.post("/accounts/password/reset/", {"email": f"{kind}@example.com"})


WAYS = [sign_up, sign_in, sign_in_by_mail, reset]


def without_tokens(kind: str, content: bytes) -> str:
    """Return a page without what differs from one request to the next, and what was typed."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content.decode())
    text = re.sub(r"&quot;[A-Za-z0-9]{64}&quot;", "", text)
    return text.replace(kind, "KIND")


def observe(way, kind: str) -> dict:
    """Return what can be seen of an answer, and what it cost."""
    client = Client()
    CountingHasher.hashed = 0
    mails = QueuedMail.objects.count()
    with CaptureQueriesContext(connection) as queries:
        answer = way(kind, client)
    hashed = CountingHasher.hashed
    mails = QueuedMail.objects.count() - mails
    pages = [answer]
    if "Location" in answer:
        pages.append(client.get(answer["Location"]))
    User.objects.filter(username="newcomer").delete()
    return {
        "status": [page.status_code for page in pages],
        "headers": [sorted({*page.headers} - {"Content-Length"}) for page in pages],
        "location": answer.get("Location"),
        "cookies": sorted(client.cookies),
        "pages": [without_tokens(kind, page.content) for page in pages],
        "hashed": hashed,
        "queries": len(queries),
        "mails": mails,
    }


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_answer_and_its_cost_are_the_same(readers, way, kind):
    assert observe(way, kind) == observe(way, "nobody")


def test_an_address_that_is_known_gets_no_second_account(readers):
    before = User.objects.count(), EmailAddress.objects.count()

    sign_up("known", Client())

    assert (User.objects.count(), EmailAddress.objects.count()) == before
    mail = QueuedMail.objects.get()
    assert (mail.to, "Already Exists" in mail.subject) == ("known@example.com", True)


def test_a_reset_reaches_whoever_can_use_it(readers):
    for kind in KINDS:
        reset(kind, Client())

    told = {mail.to.split("@")[0]: "/password/reset/key/" in mail.content["body"]
            for mail in QueuedMail.objects.all()}  # fmt: skip
    assert told == {
        "nobody": False, "known": True, "unconfirmed": True, "inactive": False, "locked": True,
    }  # fmt: skip


@pytest.mark.parametrize("way", WAYS[:3], ids=lambda way: way.__name__)
def test_the_times_are_alike(settings, request, way):
    """A coarse check for the suite; `script/bench` measures more, and resets as well."""
    settings.PASSWORD_HASHERS = [SLOW_HASHER]
    request.getfixturevalue("readers")
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(4):
        for kind in KINDS:
            client = Client()
            start = time.thread_time()
            way(kind, client, f"newcomer{kind}{number}")
            times[kind].append(time.thread_time() - start)
            User.objects.filter(username__startswith="newcomer").delete()

    # Without the first round, in which templates are loaded.
    medians = [statistics.median(each[1:]) for each in times.values()]
    assert max(medians) < 1.6 * min(medians)
