"""What every response through nginx bears, whoever answers; our cookies; the site's own port."""

import http.client
import re
import socket
from urllib.parse import urlencode

import pytest
import websockets

from bookshelf.headers import NOTHING
from bookshelf.settings import PERMISSIONS_POLICY
from e2e.deployed.client import TRUSTING, connect, open_socket, run
from e2e.deployed.site import DeployedSite
from e2e.faults.site import wait_for

CONSTANT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": PERMISSIONS_POLICY,
}
COVER = f"covers/{'0' * 32}-96.webp"


class Answer:
    """A response, with each header as often as it was sent."""

    def __init__(self, response: http.client.HTTPResponse, *, tls: bool = True) -> None:
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = response.read()
        self.tls = tls

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]

    @property
    def wrong(self) -> list[str]:
        """What it lacks, or says twice."""
        found = [name for name, value in CONSTANT.items() if self.all(name) != [value]]
        policies = self.all("content-security-policy")
        if (
            len(policies) != 1
            or not {"default-src 'none'", "frame-ancestors 'none'"} <= set(policies[0].split("; "))
            or "unsafe" in policies[0]
        ):
            found.append(f"content-security-policy {policies}")
        if self.all("strict-transport-security") != (["max-age=31536000"] if self.tls else []):
            found.append("strict-transport-security")
        return found


def ask(server, path: str, method: str = "GET", body=None, **headers: str) -> Answer:
    connection = connect(server)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def say(server, words: bytes) -> Answer:
    """Send what no client sends, over TLS."""
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain,
        TRUSTING.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        tls.sendall(words)
        response = http.client.HTTPResponse(tls)
        response.begin()
        return Answer(response)


def by_http(server, path: str) -> Answer:
    text = (server.place.etc / "bookshelf.conf").read_text()
    port = int(text.split("listen 127.0.0.1:")[1].split()[0])
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    connection.request("GET", path, headers={"Host": "localhost"})
    return Answer(connection.getresponse(), tls=False)


@pytest.fixture(scope="module")
def answers(server) -> dict[str, tuple[Answer, int]]:
    """Responses of BookShelf, of nginx, and of both together, with the status of each."""
    covers = server.place.state / "media" / "covers"
    covers.mkdir(parents=True, exist_ok=True)
    (covers / COVER.removeprefix("covers/")).write_bytes(b"RIFF")
    static = server.place.state / "static"
    hashed = next(path.name for path in static.glob("style.*.css"))
    foreign = {"Origin": "https://x.example"}
    there = f"Host: localhost:{server.port}\r\n".encode()
    return {
        "a page": (ask(server, "/"), 200),
        "a page, and its head alone": (ask(server, "/search/", "HEAD"), 200),
        "no page": (ask(server, "/nowhere/"), 404),
        "a redirect": (ask(server, "/search"), 301),
        "a page for members": (ask(server, "/shelf/"), 302),
        "the admin": (ask(server, "/admin/"), 302),
        "a feed": (ask(server, "/feed/"), 200),
        "health": (ask(server, "/healthz/"), 200),
        "another site's form": (ask(server, "/posts/new/", "POST", **foreign), 403),
        "another port": (ask(server, "/", Host="localhost:1"), 400),
        "a static file": (ask(server, "/static/style.css"), 200),
        "a hashed one": (ask(server, f"/static/{hashed}"), 200),
        "no static file": (ask(server, "/static/nothing.css"), 404),
        "the folder": (ask(server, "/static/"), 403),
        "a POST to a file": (ask(server, "/static/style.css", "POST"), 405),
        "a cover": (ask(server, f"/media/{COVER}"), 200),
        "no cover": (ask(server, f"/media/covers/{'1' * 32}-96.webp"), 404),
        "a page of nginx": (ask(server, "/pages/50x.html"), 404),
        "too large": (ask(server, "/posts/new/", "POST", Content_Length=str(40 << 20)), 413),
        "no header": (say(server, b"GET / HTTP/1.1\r\n" + there + b"\0\r\n\r\n"), 400),
        "no request": (say(server, b"\r\nnonsense\r\n\r\n"), 400),
        "a long line": (say(server, b"GET /" + b"x" * 8_200 + b" HTTP/1.1\r\n\r\n"), 414),
        "what Daphne refuses": (say(server, b"GET /\xff HTTP/1.1\r\n" + there + b"\r\n"), 400),
        "plain http": (by_http(server, "/"), 301),
        "plain http, and no certificate": (by_http(server, "/.well-known/acme-challenge/x"), 404),
    }  # fmt: skip


def test_every_response_keeps_others_away(answers):
    assert {what: answer.status for what, (answer, _) in answers.items()} == {
        what: status for what, (_, status) in answers.items()
    }
    assert {what: answer.wrong for what, (answer, _) in answers.items() if answer.wrong} == {}


def test_what_is_no_page_may_load_nothing(answers):
    for what in ("a static file", "a hashed one", "a cover", "health", "a feed"):
        (policy,) = answers[what][0].all("content-security-policy")
        assert set(NOTHING.decode().split("; ")) <= set(policy.split("; "))
        assert "'self'" not in policy


@pytest.mark.parametrize("origin", ["http://localhost:{0}", "https://localhost", "null", None])
def test_a_socket_of_another_origin_is_refused(server, origin):
    async def shake_hands() -> websockets.Response:
        with pytest.raises(websockets.InvalidStatus) as refused:
            address = "/ws/update_notice/?topic=posts"
            await open_socket(server, address, origin=origin and origin.format(server.port))
        return refused.value.response

    response = run(shake_hands())

    assert response.status_code == 403
    assert all(response.headers[name] == value for name, value in CONSTANT.items())


def test_a_socket_of_our_own_port_is_taken(server):
    async def shake_hands() -> None:
        await (await open_socket(server, "/ws/update_notice/?topic=posts")).close()

    run(shake_hands())


def test_links_that_leave_the_page_name_the_sites_own_port(server):
    assert f'href="{server.url}/"' in ask(server, "/feed/").body.decode()

    for host in ("localhost", "localhost:443", "localhost:1", f"localhost.:{server.port}"):
        assert ask(server, "/feed/", Host=host).status == 400


class Browser:
    """Takes cookies as browsers do, and notes how each was set."""

    def __init__(self, server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def ask(self, path: str, method: str = "GET", body=None, **headers: str) -> Answer:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        answer = ask(self.server, path, method, body, **headers)
        assert not answer.wrong, (path, answer.wrong)
        for line in answer.all("set-cookie"):
            self.set.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "max-age=0" in line.lower():
                del self.cookies[name]
        return answer

    def send(self, page: str, path: str, **fields: str) -> Answer:
        """Send a form with the token of a page."""
        text = self.ask(page).body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]
        body = urlencode({"csrfmiddlewaretoken": token, **fields})
        form = "application/x-www-form-urlencoded"
        referer = self.server.url + page
        return self.ask(path, "POST", body, Referer=referer, Content_Type=form)


def mails_to(server: DeployedSite, address: str) -> list[str]:
    texts = [mail.read_text() for mail in server.mails.iterdir()]
    # Complete: the link is followed by the rest of the mail.
    return [each for each in texts if address in each and re.search(r"/confirm-email/\S+\n", each)]


def test_every_cookie_is_for_this_host_alone_over_tls_alone(server):
    browser = Browser(server)
    word = "a very quiet room"
    login, signup = "/accounts/login/", "/accounts/signup/"
    names = {"username": "tourist", "email": "tourist@example.com"}

    assert browser.send(signup, signup, **names, password1=word, password2=word).status == 302
    wait_for(lambda: len(mails_to(server, "tourist@")) == 1, within=10, what="a mail")
    (mail,) = mails_to(server, "tourist@")
    link = re.search(r"https://\S+(/accounts/confirm-email/\S+)", mail)
    assert link[0] == server.url + link[1]
    browser.send(link[1], link[1])
    # A guest's press, which is remembered.
    browser.send(login, "/readers/tourist/follow/", following="1")
    answer = browser.send(login, login, login="tourist", password=word)
    assert answer.status == 302
    assert browser.ask("/posts/new/").status == 200
    browser.send("/accounts/logout/", "/accounts/logout/")
    browser.ask("/")

    names = {line.partition("=")[0] for line in browser.set}
    assert {
        "__Host-sessionid", "__Host-csrftoken", "__Host-device", "__Host-messages",
        "__Host-pressed",
    } == names  # fmt: skip
    for line in browser.set:
        attributes = {each.strip().lower() for each in line.split(";")[1:]}
        assert {"secure", "path=/", "samesite=lax"} <= attributes, line
        assert not any(each.startswith("domain") for each in attributes), line
        # To be deleted is all that a cookie without a value is for.
        assert "httponly" in attributes or "max-age=0" in attributes, line


def test_when_nobody_answers_nginx_says_it_with_all_of_them(server):
    server.kill()
    try:
        answer = ask(server, "/")
        assert (answer.status, answer.wrong) == (502, [])
        (policy,) = answer.all("content-security-policy")
        assert "style-src 'self'" in policy
    finally:
        server.start()
