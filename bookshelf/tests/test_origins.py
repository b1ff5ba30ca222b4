"""What counts as this site: its scheme, host and port, for links, sockets and forms."""

import re

import pytest
from django.core import mail
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bookshelf import origins
from bookshelf.foreign import is_foreign
from bookshelf.origins import Origin, SameOriginSockets
from posts.factories import published

HOST = "books.example"

NOT_OURS = [
    f"{HOST}:1234", f"{HOST}:80", f"{HOST}:0443", f"{HOST}:", f"{HOST}:0", f"{HOST}:70000",
    f"{HOST}:{'9' * 5000}", f"{HOST}.", f"{HOST}.:443", "evil.example", f"{HOST}.evil.example",
    f"sub.{HOST}", f"ana:secret@{HOST}", f"{HOST}@evil.example", f"evil.example@{HOST}",
    f"{HOST}/", f"{HOST}#x", f"{HOST}?x", f"{HOST},evil.example", f"{HOST} evil.example",
    "[::1]", "[::1]:443", "127.0.0.1", "", ":443", "[books.example]", "bücher.example",
    "ｂooks.example", f"{HOST}:４４３",
]  # fmt: skip

OURS = [HOST, "BOOKS.example", f"{HOST}:443", "shelf.example:8443", "[2001:db8::1]"]


@pytest.fixture(autouse=True)
def site(settings):
    """A site behind TLS, with another name on another port, and an IPv6 address."""
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = [HOST, "shelf.example", "[2001:db8::1]"]
    settings.ALLOWED_PORTS = {HOST: [None], "shelf.example": [8443], "[2001:db8::1]": [None]}
    settings.USUAL_PORTS = []
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    origins.is_own.cache_clear()
    yield
    origins.is_own.cache_clear()


def by_tls(host: str, **headers: str) -> dict[str, str]:
    return {"Host": host, "X-Forwarded-Proto": "https", **headers}


# --- Links that leave the page ------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("host", NOT_OURS, ids=ascii)
def test_a_host_that_is_not_ours_gets_no_page_and_no_mail(host, ana):
    ana.email = "ana@example.com"
    ana.save()
    client = Client()

    for response in (
        client.get("/", headers=by_tls(host)),
        client.get("/search", headers=by_tls(host)),
        client.get("/feed/", headers=by_tls(host)),
        client.post("/accounts/password/reset/", {"email": ana.email}, headers=by_tls(host)),
    ):
        assert response.status_code == 400
        assert not response.has_header("Location")
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize("host", OURS)
def test_mails_and_feeds_name_our_host_whatever_else_is_sent(host, ana):
    ana.email = "ana@example.com"
    ana.save()
    published(author=ana)
    pretence = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1234", "X-Host": "evil.example",
        "Forwarded": "host=evil.example", "X-Original-URL": "/evil", "X-Forwarded-Server": "evil",
    }  # fmt: skip
    client = Client(headers=by_tls(host, **pretence))

    feed = client.get("/feed/").text
    client.post("/accounts/password/reset/", {"email": ana.email})

    (letter,) = mail.outbox
    for text in (feed, letter.body):
        assert "evil" not in text and "1234" not in text
        links = re.findall(r"https?://[^/\s\"<]+(?=/(?:posts|accounts))", text)
        assert set(links) == {f"https://{host}"}


@pytest.mark.django_db
def test_in_debug_any_port_of_ours_is_answered(settings):
    """`script/server` listens on PORT, and an editor may pass that on as another one."""
    settings.DEBUG, settings.HTTPS = True, False

    for port in (8000, 1234):
        assert Client().get("/", headers={"Host": f"{HOST}:{port}"}).status_code == 200
    assert Client().get("/", headers={"Host": "evil.example:8000"}).status_code == 400


def test_without_tls_our_own_port_is_the_sites(settings):
    settings.HTTPS, settings.USUAL_PORTS = False, [8001]

    assert Origin.of("http", f"{HOST}:8001").is_ours
    assert Origin.of("http", HOST).is_ours
    assert not Origin.of("http", f"{HOST}:8000").is_ours


# --- Sockets ------------------------------------------------------------------------------------

FOREIGN = [
    "null", "", "garbage", "file://", "http://books.example", "https://books.example:8443",
    "https://books.example:80", "http://books.example:443", "https://shelf.example:8443",
    "https://sub.books.example", "https://books.example.", "https://books.example.evil.example",
    "https://evil.example", "https://ana@books.example", "https://books.example/",
    "https://books.example https://evil.example", "https://xn--bcher-kva.example",
    "https://bücher.example", "//books.example", "books.example", "wss://books.example",
    "https://books.example\0", "https://[2001:db8::1]",
]  # fmt: skip


async def connect(*headers: tuple[str, str], scheme: str = "ws") -> str:
    """Return what becomes of a socket with these headers."""
    sent = []

    async def accept(scope, receive, send):
        await send({"type": "websocket.accept"})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        sent.append(event["type"])

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "websocket", "path": "/", "scheme": scheme, "headers": raw}
    await SameOriginSockets(accept)(scope, receive, send)
    (answer,) = sent
    return answer.removeprefix("websocket.")


TLS = ("x-forwarded-proto", "https")


@pytest.mark.parametrize("origin", FOREIGN, ids=ascii)
async def test_a_socket_from_elsewhere_is_refused(origin):
    assert await connect(("host", HOST), TLS, ("origin", origin)) == "close"


@pytest.mark.parametrize("host", [*NOT_OURS, "evil.example:443"], ids=ascii)
async def test_a_socket_to_another_host_is_refused_though_it_says_the_same_twice(host):
    assert await connect(("host", host), TLS, ("origin", f"https://{host}")) == "close"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, f"https://{HOST}"),
        (HOST, f"HTTPS://{HOST.upper()}"),
        (f"{HOST}:443", f"https://{HOST}"),
        ("shelf.example:8443", "https://shelf.example:8443"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
async def test_a_socket_of_a_page_of_ours_is_taken(host, origin):
    assert await connect(("host", host), TLS, ("origin", origin)) == "accept"


async def test_a_socket_without_an_origin_or_with_two_is_refused():
    ours = ("origin", f"https://{HOST}")

    assert await connect(("host", HOST), TLS) == "close"
    assert await connect(("host", HOST), TLS, ours, ours) == "close"
    assert await connect(("host", HOST), TLS, ours, ("origin", "https://evil.example")) == "close"
    assert await connect(("host", HOST), ("host", "evil.example"), TLS, ours) == "close"
    assert await connect(TLS, ours) == "close"


async def test_plain_http_is_not_this_site_behind_tls_and_the_other_way_round(settings):
    http, https = ("origin", f"http://{HOST}"), ("origin", f"https://{HOST}")
    assert await connect(("host", HOST), http) == "close"
    assert await connect(("host", HOST), https) == "close"

    settings.HTTPS = False
    origins.is_own.cache_clear()
    assert await connect(("host", HOST), http) == "accept"
    assert await connect(("host", HOST), https) == "close"
    # Nobody is there who could set the header.
    assert await connect(("host", HOST), TLS, https) == "close"
    assert await connect(("host", HOST), https, scheme="wss") == "accept"


# --- Forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [each for each in FOREIGN if "\0" not in each], ids=ascii)
def test_a_form_from_elsewhere_is_foreign(rf, origin):
    assert is_foreign(rf.post("/", headers=by_tls(HOST, Origin=origin)))


@pytest.mark.parametrize("host", OURS)
def test_a_form_of_ours_is_not(rf, host):
    assert not is_foreign(rf.post("/", headers=by_tls(host, Origin=f"https://{host}")))
    assert is_foreign(rf.post("/", headers=by_tls(host, Origin=f"http://{host}")))


@given(st.text(max_size=60) | st.from_regex(r"[a-z.:\[\]@0-9]{1,40}", fullmatch=True))
def test_whatever_is_sent_is_an_origin_or_none(text):
    found = Origin.of("https", text)

    assert found is None or f"{found.host}:{found.port}" in (text.lower(), f"{text.lower()}:443")
