"""The list of sessions, and signing out everywhere else."""

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.factories import UserFactory
from accounts.sessions import listed
from accounts.sessions.sign_ins import changed_sign_ins, sign_ins_of
from accounts.sessions.user_agents import device_name

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"
PATH = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0"
)


@pytest.fixture
def cleo():
    user = UserFactory(username="cleo")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def noting(settings, monkeypatch):
    """Sessions are noted, as they are outside the tests of pages."""
    monkeypatch.setattr(listed, "_noted", {})
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "accounts.sessions.listed.LastSeenMiddleware"]


def sign_in(user_agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": user_agent})
    response = client.post("/accounts/login/", {"login": "cleo", "password": PASSWORD})
    assert response.status_code == 302
    return client


def test_each_session_is_listed_with_its_device(cleo):
    here, _ = sign_in(), sign_in(SAFARI)

    page = html.fromstring(here.get(PATH).content)

    names = [item.text_content().split() for item in page.find_class("thing-name")]
    assert names == [["Firefox", "on", "Linux", "this", "one"], ["Safari", "on", "iPhone"]]
    assert "127.0.0.1" in page.text_content()


def test_signing_out_everywhere_else_leaves_this_one(cleo):
    here, there = sign_in(), sign_in(SAFARI)
    keys = [client.session.session_key for client in (here, there)]
    held = sign_ins_of(keys)

    here.post(PATH)

    ended = {each.session_key for each, now in changed_sign_ins(held.values()).items() if not now}
    assert ended == {keys[1]}
    assert here.get("/shelf/").status_code == 200
    assert there.get("/shelf/").status_code == 302
    assert not Session.objects.filter(pk=keys[1]).exists()


def test_the_sessions_of_others_are_neither_listed_nor_ended(cleo, ben, as_ben):
    UserSession.objects.create(
        user=ben, session_key=as_ben.session.session_key, ip="192.0.2.9", user_agent=SAFARI
    )
    here = sign_in()

    assert "192.0.2.9" not in here.get(PATH).content.decode()
    here.post(PATH)

    assert as_ben.get("/shelf/").status_code == 200


def test_a_session_from_before_the_list_is_listed_when_it_is_used(cleo, noting):
    old = Client(headers={"User-Agent": SAFARI})
    old.force_login(cleo)
    assert not UserSession.objects.exists()

    old.get("/shelf/")
    sign_in().post(PATH)

    assert old.get("/shelf/").status_code == 302


def test_the_migration_lists_sessions_that_are_not_used(cleo, client, as_ben):
    client.force_login(cleo)
    as_ben.logout()
    Client().get("/accounts/login/")

    import_module("accounts.migrations.0006_list_sessions").list_sessions(apps, None)

    (session,) = UserSession.objects.all()
    assert (session.user, session.session_key) == (cleo, client.session.session_key)
    page = html.fromstring(sign_in().get(PATH).content)
    assert "A device" in page.find_class("things")[0].text_content()
    assert "::" not in page.find_class("things")[0].text_content()


# --- What it costs -----------------------------------------------------------


def test_a_session_is_noted_once_in_a_quarter_of_an_hour(cleo, noting, monkeypatch):
    client = sign_in()
    client.get("/shelf/")
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(days=2))
    with CaptureQueriesContext(connection) as queries:
        client.get("/shelf/")
    assert not [query for query in queries if "usersession" in query["sql"]]

    later = listed.time.monotonic() + listed.NOTED_EVERY
    monkeypatch.setattr(listed.time, "monotonic", lambda: later)
    client.get("/shelf/")

    assert timezone.now() - UserSession.objects.get().last_seen_at < timedelta(minutes=1)


@pytest.mark.parametrize("cookie", [None, "x" * 32])
def test_a_guest_costs_no_query_more(noting, client, cookie, settings):
    if cookie:
        client.cookies[site.SESSION_COOKIE_NAME] = cookie
    client.get("/key/")
    with CaptureQueriesContext(connection) as noted:
        client.get("/key/")
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    with CaptureQueriesContext(connection) as plain:
        client.get("/key/")

    assert len(noted) == len(plain)
    assert not UserSession.objects.exists()


def test_what_a_process_remembers_has_an_end(cleo, noting, monkeypatch):
    monkeypatch.setattr(listed, "MOST_REMEMBERED", 2)

    for _ in range(5):
        sign_in().get("/shelf/")

    assert len(listed._noted) <= 2


def test_an_account_has_no_more_sessions_than_a_sign_in_can_look_at(cleo, monkeypatch):
    monkeypatch.setattr(listed, "MOST_SESSIONS", 3)

    clients = [sign_in() for _ in range(5)]

    assert [client.get("/shelf/").status_code for client in clients] == [302, 302, 200, 200, 200]
    assert UserSession.objects.count() == 3


# --- Names of devices --------------------------------------------------------


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.0", "curl/8.0"),
        ("", "A device"),
        ("<b>" * 100, ("<b>" * 100)[:40]),
    ],
)
def test_a_device_is_named_by_what_its_owner_knows_it_by(user_agent, name):
    assert device_name(user_agent) == name
