"""Whatever stands in a cookie, a header, an address or a field: no view fails over it."""

from copy import deepcopy
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch

from accounts.devices import COOKIE as DEVICE
from accounts.presses import COOKIE as PRESSED
from accounts.sessions.sign_ins import sign_ins_of
from bookshelf.tests.doors import undone
from bookshelf.tests.post_views import VIEWS, WITHOUT_POST, World, path_of
from bookshelf.tests.reading import names_read
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
    value = sendable(ODD[odd])
    for name, (arguments, fields) in world.samples().items():
        address, done = path_of(name, arguments), set()
        cookies, waiting = looked_at(address, fields, as_ana)
        # Each by itself: one that is refused must not hide the next. What is looked at besides,
        # now that there is something odd, comes after it.
        while waiting - done:
            field = min(waiting - done)
            body = f"{urlencode(fields | {field: ''}, doseq=True)}&{field}={value}"
            waiting |= send(address, body, cookies)
            done.add(field)
        send(address, "&".join(f"{field}={value}" for field in sorted(waiting)), SimpleCookie())


def looked_at(
    address: str, fields: dict[str, Any], as_ana: Client
) -> tuple[SimpleCookie, set[str]]:
    """Return whose form this is, a guest's or Ana's, and which fields are looked at there."""
    body, kinds = urlencode(fields, doseq=True), (as_ana.cookies, SimpleCookie())
    read = [(cookies, send(address, body, cookies) | set(fields)) for cookies in kinds]
    return max(read, key=lambda found: len(found[1]))


def send(address: str, body: str, cookies: SimpleCookie) -> set[str]:
    """Send a form, undo what it does, and return the names of the fields that were looked at."""
    client = Client()
    client.cookies = deepcopy(cookies)
    with names_read() as read, undone():
        kind = "application/x-www-form-urlencoded"
        survives(client, "post", address, data=body, content_type=kind)
    return read


def test_every_field_that_is_looked_at_is_found(world, as_ana):
    found = {}
    for name, (arguments, fields) in world.samples().items():
        _, found[name] = looked_at(path_of(name, arguments), fields, as_ana)

    assert {"version", "title", "preview"} <= found["posts:edit"]
    assert {"submission", "pending_cover", "keep"} <= found["posts:create"]
    assert {"parent", "body"} <= found["posts:comments"]
    assert {"login", "password", "next"} <= found["account_login"]
