"""Whatever is text is compressed for those who take it, and only for them."""

import gzip
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from bookshelf.compression import TEXT, accepted_codings
from bookshelf.tests.answers import Answer, all_addresses, ask
from bookshelf.tests.post_views import World
from posts.factories import published

# Requests have a connection of their own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("sqlite")]

GZIP = {"accept-encoding": "gzip, deflate, br, zstd"}
NONE = {"accept-encoding": "identity"}
TOKEN = "a-token-of-some-length"


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.METRICS_TOKEN = TOKEN
    world = World()
    # So that the walk finds a tag, which it looks for by the slug of a post.
    published((world.post.slug,), author=world.ana)
    return world


def wrong(plain: Answer, compressed: Answer) -> list[str]:
    """Return what is not as it should be of an address that was asked for in both ways."""
    found = []
    if plain.all("content-encoding"):
        found.append("compressed for who does not take it")
    is_text = bool(TEXT.match(compressed.get("content-type")))
    codings, kind = compressed.all("content-encoding"), compressed.get("content-type")
    if codings not in ([], ["gzip"]) or (codings and not is_text):
        found.append(f"{codings} for {kind}")
    # Of a shorter one it depends on the random bytes whether something is gained.
    if is_text and len(plain.body) >= 600 and not codings:
        found.append(f"{kind} as it is")
    if codings and len(compressed.body) >= len(gzip.decompress(compressed.body)):
        found.append("longer than it was")
    if compressed.get("content-length") not in ("", str(len(compressed.body))):
        found.append("another length than it says")
    if codings and any(
        "accept-encoding" not in each.get("vary").lower() for each in (plain, compressed)
    ):
        found.append("varies and does not say so")
    return found


@pytest.mark.parametrize("who", ["guest", "ana"])
def test_every_view_compresses_its_texts_and_only_for_those_who_take_it(world, who):
    client = Client()
    if who == "ana":
        client.force_login(world.ana)
    addresses = all_addresses(world)
    # They answer as long as they have not been asked for.
    once = {"posts:notification"}

    failing, kinds = {}, set()
    for name, address in addresses.items():
        plain = ask(address, client=client, headers=NONE)
        compressed = ask(address, client=client, headers=GZIP)
        if name not in once and wrong(plain, compressed):
            failing[name] = wrong(plain, compressed)
        if compressed.all("content-encoding"):
            kinds.add(compressed.get("content-type").partition(";")[0])

    assert failing == {}
    assert kinds >= {"text/html", "application/atom+xml", "application/feed+json"}


@pytest.mark.parametrize("debug", [False, True])
def test_whatever_else_is_answered_is_compressed_too(settings, world, debug):
    settings.DEBUG = debug
    name = default_storage.save("covers/" + "0" * 32 + "-96.webp", ContentFile(b"RIFF" * 100))
    token = {"authorization": f"Bearer {TOKEN}"}
    addresses = {
        "the stylesheet": ("/static/style.css", {}),
        "a picture of ours": ("/static/favicon.svg", {}),
        "a script": ("/static/django_htmx/htmx-4.min.js", {}),
        "a cover": (f"/media/{name}", {}),
        "health": ("/healthz/", {}),
        "metrics": ("/metrics", token),
        "what was missed": ("/changes/?topic=posts&cursor=x.0", {}),
        "another host": ("/", {"host": "evil.example"}),
        "a page of another site": ("/posts/new/", {"sec-fetch-site": "cross-site"}),
        "no page": ("/nowhere/", {}),
    }

    failing = {}
    for what, (address, headers) in addresses.items():
        plain = ask(address, headers={**headers, **NONE})
        compressed = ask(address, headers={**headers, **GZIP})
        if wrong(plain, compressed):
            failing[what] = wrong(plain, compressed)

    assert failing == {}


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", set()),
        ("identity", set()),
        ("gzip", {"gzip"}),
        ("GZIP;q=0.5, br ; q=1.0", {"gzip", "br"}),
        ("gzip;q=0, br;q=0.000", set()),
        ("gzip ; Q = 0,br", {"br"}),
        ("deflate,zstd;q=0.9,gzip;q=0.001", {"gzip"}),
        ("x-gzip, brotli", set()),
        (",;,q=0,gzip;;", {"gzip"}),
    ],
)
def test_a_coding_is_taken_unless_it_is_refused(header, taken):
    assert accepted_codings(header) == taken


def test_a_header_of_any_length_is_read_in_one_go():
    assert accepted_codings("gzip;q=" + "0" * 60_000 + "," * 60_000 + " " * 60_000) == {"gzip"}


@pytest.mark.parametrize("header", ["gzip;q=0", "br", "*", ""])
@pytest.mark.parametrize("path", ["/", "/feed/", "/nowhere/", "/static/favicon.svg"])
def test_who_refuses_gzip_gets_none(path, header):
    assert ask(path, headers={"accept-encoding": header}).all("content-encoding") == []


@pytest.mark.parametrize("path", ["/feed/", "/feed.json"])
def test_who_has_the_newest_feed_compressed_is_told_so(world, path):
    first = ask(path, headers=GZIP)
    assert first.get("etag").startswith('W/"')

    again = ask(path, headers={**GZIP, "if-none-match": first.get("etag")})

    assert (again.status, again.body) == (304, b"")
    assert again.all("content-encoding") == []
    assert "accept-encoding" in again.get("vary").lower()
    world.post.remove()
    assert ask(path, headers={**GZIP, "if-none-match": first.get("etag")}).status == 200


def test_a_part_of_a_file_is_sent_as_it_is(settings):
    part = ask("/static/favicon.svg", headers={**GZIP, "range": "bytes=0-299"})

    assert part.status == 206
    assert part.all("content-encoding") == []
    assert len(part.body) == 300


# --- What is secret in a compressed page: https://www.breachattack.com ---


def tokens_in(page: str) -> set[str]:
    return set(re.findall(r'(?:csrfmiddlewaretoken" value="|"X-CSRFToken": ")(\w{64})', page))


def test_a_token_is_never_the_same_in_two_pages_and_their_lengths_tell_nothing(world):
    """What Django documents of its GZipMiddleware, on a page that repeats what it was asked."""
    client = Client()
    client.force_login(world.ana)

    lengths, tokens = set(), []
    for _ in range(20):
        answer = ask("/search/?q=csrfmiddlewaretoken", client=client, headers=GZIP)
        lengths.add(len(answer.body))
        tokens.append(tokens_in(gzip.decompress(answer.body).decode()))

    assert all(tokens)
    assert len(set.union(*tokens)) == sum(map(len, tokens))
    # Up to 100 random bytes: the spread is more than masked tokens alone make.
    assert max(lengths) - min(lengths) > 30
