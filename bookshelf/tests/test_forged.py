"""What no page of ours sends, at every address: no token, other hosts to lead to, trailing junk."""

import re
from html import escape
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from lxml import html

from bookshelf.tests.door_table import answer_for, doors
from bookshelf.tests.doors import ADMIN_LOGIN, LOGIN, ROLES, DoorsWorld, answer_of, send, undone

# Of what the views decide, not of the database: one of the two is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

WORLD = DoorsWorld


# --- Without the CSRF token ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "token"), [*((role, None) for role in ROLES), ("author", "x" * 64)]
)
def test_without_its_token_nothing_is_stored_and_what_was_typed_comes_back(world, role, token):
    wrong = []
    for address, door in doors(world):
        fields = address.fields | ({"csrfmiddlewaretoken": token} if token else {})
        with undone() as writes:
            response = world.client(role).post(address.path, fields)
        answer = answer_of(response)
        # A button leads a guest to signing in, whatever they send, and does nothing.
        refused = {403, 405} | ({LOGIN} & {answer_for(door.post, role)})
        # Nothing is looked at before the view knows what it is about.
        refused |= {404} & {answer_for(door.post, role)}
        if answer not in refused or writes.tables:
            wrong.append(f"{address.key}: {answer}, writes to {writes.tables}")
        if answer == 403 and answer_for(door.post, role) != 403:
            page = response.content.decode()
            typed = [] if (role, address.key) in NOT_ASKED else texts_in(address.fields)
            wrong += [f"{address.key}: loses {text}" for text in typed if escape(text) not in page]

    assert wrong == []


NOT_ASKED = {("suspended", "accounts:settings")}
"""Forms without what the samples send: who is suspended does not choose a name."""

CHOICES = {"reason", "verb", "decision"}


def texts_in(fields: dict) -> list[str]:
    return [
        text
        for name, text in fields.items()
        if isinstance(text, str) and "password" not in name and "\n" not in text
        if name not in CHOICES
    ]


# --- To another host -----------------------------------------------------------------------------

FOREIGN = [
    "https://evil.example/", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    "\n//evil.example", " https://evil.example", "http:evil.example", "https:///evil.example",
    "http:\\\\evil.example", "javascript:alert(1)", "JaVaScript:alert(1)", "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "https://testserver@evil.example/",
    "http://testserver.evil.example/", "http://testserver:1@evil.example/",
    "http://evil.example#testserver", "http://evil.example?testserver", "//evil.example/testserver",
    "http://[::1]:80@evil.example/", "https://evil。example/",
    "/%09/evil.example", "/.//evil.example", "/..//evil.example",
]  # fmt: skip

NAMES = [
    # Ours: where a form is sent to, and what is read from the address.
    "form_path", "continues", "draft",
    # allauth's and the admin's.
    "next", "process", "_changelist_filters", "_popup", "_to_field",
    # What others call it.
    "return", "return_to", "returnTo", "redirect", "redirect_to", "redirect_uri", "url", "to",
    "back", "continue", "goto", "destination", "target", "path", "callback", "success_url",
]  # fmt: skip


def as_a_browser_reads(address: str) -> tuple[str, str]:
    """Return scheme and host that an address in a header or an attribute leads to."""
    # https://url.spec.whatwg.org/#url-parsing
    text = re.sub(r"[\t\n\r]", "", address.strip("".join(map(chr, range(33)))))
    if not re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        text = re.sub(r"^(https?:)[\\/]*|^[\\/]{2,}", r"\1//", text.replace("\\", "/"), flags=re.I)
    parts = urlsplit(urljoin("http://testserver/", text))
    return parts.scheme, parts.netloc


WRITTEN = {
    "https://commonmark.org/help/",
    "https://standardebooks.org/",
    "https://www.gutenberg.org/ebooks/105",
}
"""Where the text of the help leads to."""


def leads_elsewhere(response) -> list[str]:
    """Return the addresses of other hosts that an answer leads to, or that its page links to."""
    headers = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh")
    found = [response[name] for name in headers if response.get(name)]
    if response.get("Content-Type", "").startswith("text/html") and response.content.strip():
        page = html.fromstring(response.content)
        attributes = ("href", "action", "formaction", "hx-get", "hx-post", "src")
        for name in attributes:
            found += page.xpath(f"//@{name}")
    elsewhere = {each for each in found if as_a_browser_reads(each) != ("http", "testserver")}
    return sorted(elsewhere - WRITTEN)


def test_the_reading_of_addresses_finds_what_leads_elsewhere():
    # The last ones are paths of ours, however they look.
    ours = [each for each in FOREIGN if as_a_browser_reads(each) == ("http", "testserver")]

    assert [each for each in ours if "%09" not in each and ".//" not in each] == []
    assert as_a_browser_reads("/posts/1/?next=//evil.example") == ("http", "testserver")


def reads_next(key: str) -> bool:
    return key.startswith("account_") or key in ("admin:login", "admin:logout")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["guest", "author"])
def test_no_answer_leads_to_another_host(world, role, method):
    wrong = []
    for address, door in doors(world):
        row = door.get if method == "get" else door.post
        if answer_for(row, role) in (404, 405, ADMIN_LOGIN):
            continue
        thorough = reads_next(address.key) and (role, method) == ("guest", "post")
        for foreign in FOREIGN if thorough else FOREIGN[::7]:
            fields = dict.fromkeys(set(NAMES) - set(address.fields), foreign) | {"next": foreign}
            headers = {"Referer": printable(foreign), "HX-Current-URL": printable(foreign)}
            query = "?" + urlencode(fields)
            response, _ = send(world, role, method, address, query, fields=fields, **headers)
            if found := leads_elsewhere(response):
                wrong.append(f"{address.key}: {foreign!r} leads to {found}")

    assert wrong == []


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example/posts/"])
def test_an_address_that_looks_like_a_host_leads_nowhere_with_htmx_either(db, client, path):
    for headers in ({"HX-Request": "true"}, {"HX-Request": "true", "HX-Boosted": "true"}):
        response = client.get("/", PATH_INFO=path, headers=headers)

        assert response.status_code == 404
        assert leads_elsewhere(response) == []


def printable(text: str) -> str:
    return text.encode("ascii", "ignore").decode().replace("\n", "")


# --- With trailing junk --------------------------------------------------------------------------

JUNK = [
    "x", "x/", "/", "//", "%00", "%00/", ";x", ";x/", ".php", ".php/", "%2e%2e/", "%0a", "~", "'",
]  # fmt: skip


def test_with_trailing_junk_an_address_leads_nowhere(world):
    wrong, client = [], world.client("author")
    for number, (address, _) in enumerate(doors(world)):
        if address.name.startswith("admin:"):
            # Its last pattern takes anything, and asks all but admins to sign in.
            continue
        stem = address.path.rstrip("/")
        junk = [*(address.path + each for each in JUNK), *(stem + each for each in JUNK)]
        junk += ["/" + address.path, address.path.replace("/", "//"), "/." + address.path]
        # Those that the resolver knows have words in them that may be anything. Of the others one
        # is enough: which one differs from address to address.
        sent = [path for path in junk if is_known(path) or is_known(path + "/")]
        unknown = [path for path in junk if path not in sent]
        for path in [*sent, unknown[number % len(unknown)]]:
            # As it is: the client takes //x/ for a host.
            response = client.get("/", PATH_INFO=unquote(path))
            answer, expected = response.status_code, {404}
            if is_known(path):
                expected |= KNOWN
            elif is_known(path + "/"):
                # Django adds the slash that is missing.
                expected = {301}
            if answer not in expected:
                wrong.append(f"{path}: {answer}")

    assert wrong == []


KNOWN = {200, 301, 302, 400, 401, 403, 405, 410}
"""Answers of another address, which the junk makes of this one: /posts/1/x/ is an old slug."""


def is_known(path: str) -> bool:
    """Return whether the resolver knows this address."""
    try:
        resolve(unquote(path))
    except Resolver404:
        return False
    return True
