"""Whatever stands in a cookie, a header, an address or a field: no view fails over it."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch

from accounts.devices import COOKIE as DEVICE
from accounts.presses import COOKIE as PRESSED
from accounts.sessions.sign_ins import sign_ins_of
from bookshelf.tests.post_views import VIEWS, WITHOUT_POST, World, path_of
from posts.tests.cost import THOROUGH

pytestmark = pytest.mark.django_db

ODD = {
    "NULs as long as a key": "\0" * 32,
    "marks of other languages": "'\"\\<%&;|%00%ZZ{{x}}$1",
    "half of a pair": "\ud83d",
    "a large number": "9" * 40,
}
if THOROUGH:
    ODD |= {
        "a NUL": "\0",
        "a NUL at the end": "abcdefgh\0",
        "control characters": "\x01\x1b\x7f\x85\u2028",
        "the last character": "\U0010ffff" * 10,
        "very long": "x" * 5_000,
        "a negative number": "-1",
        "digits of another script": "١٢٣٤٥٦٧٨",
    }

QUERY = ["q", "before", "draft", "removed", "off", "part", "topic", "cursor", "next", "page", "o"]
"""Names that our views, allauth's and the admin's read from the query."""

HEADERS = [
    "Referer", "Origin", "Sec-Fetch-Site", "X-CSRFToken", "HX-Request", "HX-Boosted",
    "HX-Request-Type", "HX-Current-URL", "HX-Target", "HX-Source", "HX-Trigger", "HX-Prompt",
    "HX-History-Restore-Request", "If-None-Match", "If-Modified-Since", "Accept", "Range",
    "Accept-Language", "Accept-Encoding", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto",
    "X-Requested-With", "Authorization", "Content-Type",
]  # fmt: skip

COOKIES = [
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", DEVICE, PRESSED, "other"
]  # fmt: skip


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def as_ana(world) -> Client:
    client = Client()
    client.force_login(world.ana)
    return client


def addresses(world: World) -> dict[str, str]:
    """Map the names of all views but the admin's own to an address."""
    samples = {name: arguments for name, (arguments, _) in world.samples().items()}
    ours = {name for name in VIEWS if not name.startswith("admin:")} - {"favicon"}
    for name in (ours & WITHOUT_POST) - {"account_confirm_login_code"}:
        samples[name] = world.arguments_of(name)
    return {name: path_of(name, arguments) for name, arguments in samples.items()}


def sendable(text: str) -> str:
    """Return text as it can stand in an address or a form: half a pair as its three bytes."""
    return quote(text.encode("utf-8", "surrogatepass"))


def survives(client: Client, method: str, address: str, **request: Any) -> None:
    # The client raises what a view raises.
    response = getattr(client, method)(address, **request)
    assert response.status_code < 500, (method, address, request)


@pytest.mark.parametrize("odd", ODD)
def test_in_a_cookie(world, odd):
    for name in COOKIES:
        for address in ("/", "/accounts/login/", "/drafts/", "/admin/", "/changes/?topic=posts"):
            raw = {"Cookie": f"{name}={ODD[odd].encode('utf-8', 'replace').decode('latin-1')}"}
            client = Client(headers=raw)
            survives(client, "get", address)
            survives(client, "post", address, data={"login": "ana", "password": "wrong"})
        if ODD[odd].isascii():
            client = Client()
            # Written as Python's cookies are: a NUL as "\\000".
            client.cookies[name] = ODD[odd]
            survives(client, "get", "/drafts/")


@pytest.mark.parametrize("odd", ODD)
def test_in_the_cookie_of_a_socket(odd):
    assert sign_ins_of([ODD[odd]]) == {}


@pytest.mark.parametrize("odd", ODD)
def test_in_a_header(world, as_ana, odd):
    # A header is bytes, which Django reads as Latin-1.
    value = ODD[odd].encode("utf-8", "replace").decode("latin-1")
    like, login = f"/posts/{world.post.pk}/like/", "/accounts/login/"
    for name in HEADERS:
        for address in ("/search/?q=a", login, "/feed/"):
            survives(as_ana, "get", address, headers={name: value})
        for client in (Client(), as_ana):
            if name != "Content-Type":
                survives(client, "post", like, data={"liked": "1"}, headers={name: value})


@pytest.mark.parametrize("odd", ODD)
def test_in_the_query(world, as_ana, odd):
    query = "&".join(f"{name}={sendable(ODD[odd])}" for name in QUERY)
    query += f"&{sendable(ODD[odd])}=1"
    for name, address in addresses(world).items():
        for client in (Client(), as_ana):
            if name != "account_logout":
                survives(client, "get", f"{address}?{query}")


@pytest.mark.parametrize("odd", ODD)
def test_in_the_path(world, as_ana, odd):
    samples = {name: arguments for name, (arguments, _) in world.samples().items()}
    for name, arguments in VIEWS.items():
        try:
            known = samples[name] if name in samples else world.arguments_of(name)
            address = path_of(name, known)
        except (KeyError, NoReverseMatch):
            continue
        for argument in arguments & set(known):
            odd_address = address.replace(f"/{known[argument]}", f"/{sendable(ODD[odd])}")
            survives(as_ana, "get", odd_address)
            survives(as_ana, "post", odd_address)


@pytest.mark.parametrize("odd", ODD)
def test_in_a_field(world, as_ana, odd):
    hidden = {"submission", "continues", "version", "pending_cover", "parent", "again"}
    hidden |= {"form_path", "typed_by", "form_signature", "stale_form", "rating", "keep", "next"}
    value = sendable(ODD[odd])
    for name, (arguments, fields) in world.samples().items():
        address = path_of(name, arguments)
        names = sorted({*fields, *hidden})
        # Each by itself: one that is refused must not hide the next. Then all, for a guest.
        bodies = [
            f"{urlencode(fields | {field: ''}, doseq=True)}&{field}={value}" for field in names
        ]
        bodies.append("&".join(f"{field}={value}" for field in names))
        for body in bodies:
            client = Client() if body is bodies[-1] or "logout" in name else as_ana
            survives(
                client,
                "post",
                address,
                data=body,
                content_type="application/x-www-form-urlencoded",
            )
        as_ana.force_login(world.ana)
