"""Every response, of whatever part of the application, keeps other sites and scripts away."""

import re

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from bookshelf.headers import SecurityHeaders
from bookshelf.local import LocalOnly
from bookshelf.tests.answers import Answer, all_addresses, ask
from bookshelf.tests.post_views import World

# Requests have a connection of their own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("sqlite")]

CONSTANT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": django_settings.PERMISSIONS_POLICY,
}
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OTHER = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def fail(request):
    raise RuntimeError("an error of ours")


def lose_database(request):
    raise OperationalError("server closed the connection unexpectedly")


urlpatterns = [
    path("fails/", fail),
    path("loses/", lose_database),
    path("says/<int:status>/", lambda request, status: HttpResponse("No.", status=status)),
    path("", include("bookshelf.urls")),
]


def wrong(answer: Answer) -> list[str]:
    """Return what a response lacks, or says twice."""
    found = [n for n, value in CONSTANT.items() if answer.all(n) != [value]]
    policies = answer.all("content-security-policy")
    is_page = answer.get("content-type").startswith("text/html")
    expected = PAGE if is_page else OTHER
    # django-csp sorts them anew in each process.
    if [sorted(each.split("; ")) for each in policies] != [sorted(expected.split("; "))]:
        found.append(f"content-security-policy: {policies}")
    return found


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.mark.parametrize("who", ["guest", "ana"])
def test_every_view_has_them_for_every_method(world, who):
    client = Client()
    if who == "ana":
        client.force_login(world.ana)

    statuses, failing = set(), {}
    for name, address in all_addresses(world).items():
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            answer = ask(address, method=method, client=client)
            statuses.add(answer.status)
            if wrong(answer):
                failing[method, name] = wrong(answer)

    assert failing == {}
    assert statuses >= {200, 302, 403, 404, 405}


@pytest.mark.parametrize("debug", [False, True])
def test_whatever_else_is_answered_has_them(settings, world, debug):
    settings.DEBUG = debug
    name = default_storage.save("covers/" + "0" * 32 + "-96.webp", ContentFile(b"RIFF"))
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answers = {
        "a static file": (ask("/static/style.css"), 200),
        "a picture of ours": (ask("/static/favicon.svg"), 200),
        "a script": (ask("/static/django_htmx/htmx-4.min.js"), 200),
        "no static file": (ask("/static/nothing.css"), 404),
        "a cover": (ask(f"/media/{name}"), 200),
        "no cover": (ask(f"/media/covers/{'1' * 32}-96.webp"), 404),
        "health": (ask("/healthz/"), 200),
        "health of POST": (ask("/healthz/", method="POST"), 405),
        "metrics without the token": (ask("/metrics"), 404),
        "nothing to catch up": (ask(f"/changes/?topic=posts&cursor={cursor()}"), 204),
        "no such topic": (ask("/changes/?topic=nonsense"), 400),
        "a feed": (ask("/feed/"), 200),
        "a slash that was missing": (ask("/search"), 301),
        "a name in another case": (ask("/readers/ANA/"), 302),
        "another host": (ask("/", headers={"host": "evil.example"}), 400),
        "a page of another site": (ask("/posts/new/", method="POST", headers=foreign), 403),
        "no page": (ask("/nowhere/"), 404),
    }  # fmt: skip
    assert {what: answer.status for what, (answer, _) in answers.items()} == {
        what: status for what, (_, status) in answers.items()
    }
    assert {what: wrong(answer) for what, (answer, _) in answers.items() if wrong(answer)} == {}


def cursor() -> str:
    found = re.search(r'name="cursor" value="([^"]+)"', ask("/").body.decode())
    return found[1]


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 429, 451, 500, 503]
)
def test_every_error_has_them(settings, status):
    settings.ROOT_URLCONF = __name__
    # The client reads the database only when there is somebody to look up.
    answer = ask(f"/says/{status}/")

    assert (answer.status, wrong(answer)) == (status, [])


@pytest.mark.parametrize(("where", "status"), [("/fails/", 500), ("/loses/", 503)])
def test_an_error_that_was_raised_has_them(settings, where, status):
    settings.ROOT_URLCONF = __name__

    answer = ask(where)

    assert (answer.status, wrong(answer)) == (status, [])


def test_the_metrics_have_them(settings):
    settings.METRICS_TOKEN = "a-token-of-some-length"

    answer = ask("/metrics", headers={"authorization": "Bearer a-token-of-some-length"})

    assert (answer.status, wrong(answer)) == (200, [])


def test_only_tls_has_browsers_insist_on_tls(settings):
    settings.HTTPS, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    by_tls = {"x-forwarded-proto": "https"}

    for where in ("/", "/static/style.css", "/healthz/", "/nowhere/", "/search"):
        assert ask(where, headers=by_tls).all("strict-transport-security") == ["max-age=31536000"]
        assert ask(where).all("strict-transport-security") == []


async def test_a_refusal_before_everything_has_them():
    sent = []

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "method": "GET", "path": "/", "server": ("192.0.2.1", 80)}
    await SecurityHeaders(LocalOnly(None))(scope | {"headers": []}, None, send)

    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    assert wrong(Answer(sent[0]["status"], headers, b"")) == []


def test_no_feature_of_the_policy_is_one_that_we_use():
    """Passkeys are asked for by this site's own pages."""
    denied = re.findall(r"([a-z-]+)=\(\)", django_settings.PERMISSIONS_POLICY)

    assert len(denied) > 15
    assert not [feature for feature in denied if feature.startswith("publickey")]
