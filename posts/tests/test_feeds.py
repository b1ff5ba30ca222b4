"""The newest posts for feed readers."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from lxml import etree, html

from bookshelf.characters import one_line
from bookshelf.log import Change
from posts.content.markdown import to_html, to_open_html
from posts.factories import published
from posts.feeds import NEWEST
from posts.models import Post
from posts.tests.inert import assert_review_is_inert
from posts.tests.payloads import NULS, PAYLOADS
from posts.tests.test_payloads import as_a_post

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def entries(response) -> list[dict[str, str]]:
    """Return what an Atom feed says, one dictionary for each entry."""
    tree = etree.fromstring(response.content)
    return [
        {
            "title": entry.findtext("a:title", namespaces=ATOM),
            "html": entry.findtext("a:content", namespaces=ATOM),
            "author": entry.findtext("a:author/a:name", namespaces=ATOM),
            "link": entry.find("a:link", ATOM).get("href"),
            "id": entry.findtext("a:id", namespaces=ATOM),
            "updated": entry.findtext("a:updated", namespaces=ATOM),
            "tags": [each.get("term") for each in entry.findall("a:category", ATOM)],
        }
        for entry in tree.findall("a:entry", ATOM)
    ]


def items(response) -> list[dict]:
    return json.loads(response.content)["items"]


def settle() -> None:
    """Let the last change be a while ago."""
    Change.objects.update(at=timezone.now() - timedelta(minutes=1))


def test_a_feed_says_what_was_posted(ana, client):
    post, _ = published(("sea",), author=ana, title="Emma", book_author="J. A.", body="*Fine*.")
    address = f"http://testserver{post.get_absolute_url()}"

    response = client.get("/feed/")

    assert response["Content-Type"].startswith("application/atom+xml")
    entry = entries(response)[0]
    assert (entry["title"], entry["author"], entry["tags"]) == ("Emma, by J. A.", "Ana", ["sea"])
    assert entry["html"].strip() == '<p dir="auto"><em>Fine</em>.</p>'
    assert entry["link"] == address
    assert b'<link href="http://testserver/feed/" rel="self"' in response.content


def test_the_json_feed_says_the_same(ana, client):
    post, _ = published(
        ("sea",), author=ana, title="Emma", book_author="J. A.", body="Fine.", rating="4.5"
    )
    address = f"http://testserver{post.get_absolute_url()}"

    response = client.get("/feed.json")

    document = json.loads(response.content)
    assert response["Content-Type"].startswith("application/feed+json")
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == "http://testserver/feed.json"
    assert document["home_page_url"] == "http://testserver/"
    created = document["items"][0].pop("date_published")
    assert created == document["items"][0].pop("date_modified") == post.created_at.isoformat()
    assert document["items"][0].pop("id").startswith("urn:uuid:")
    assert document["items"] == [
        {
            "url": address,
            "title": "Emma, by J. A.",
            "content_html": '<p>★★★★½ of 5 stars</p>\n<p dir="auto">Fine.</p>\n',
            "authors": [{"name": "Ana", "url": "http://testserver/readers/ana/"}],
            "tags": ["sea"],
        }
    ]


def test_an_author_and_a_tag_have_feeds_of_their_own(ana, ben, client):
    published(("sea",), author=ana, title="Hers", book_author="X")
    published(("land",), author=ben, title="His", book_author="X")

    assert [each["title"] for each in entries(client.get("/readers/ben/feed/"))] == ["His, by X"]
    assert [each["title"] for each in entries(client.get("/tags/sea/feed/"))] == ["Hers, by X"]
    assert client.get("/readers/nobody/feed/").status_code == 404
    assert client.get("/tags/sky/feed/").status_code == 404


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/", "/feed/"),
        ("/", "/feed.json"),
        ("/readers/ana/", "/readers/ana/feed/"),
        ("/tags/मेल/", "/tags/%E0%A4%AE%E0%A5%87%E0%A4%B2/feed/"),
    ],
)
def test_pages_say_where_their_feed_is(ana, client, page, feed):
    published(("मेल",), author=ana)

    head = html.document_fromstring(client.get(page).content).head
    named = [link.get("href") for link in head.iterfind("link[@rel='alternate']")]

    assert feed in named
    assert client.get(feed).status_code == 200


def test_the_newest_come_first_and_only_so_many(ana, client):
    posts = [published(author=ana)[0] for _ in range(NEWEST + 2)]

    shown = [each["link"] for each in entries(client.get("/feed/"))]

    assert shown == [f"http://testserver{p.get_absolute_url()}" for p in posts[:1:-1]]


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/feed/", 3), ("/feed.json", 3), ("/tags/sea/feed/", 4), ("/readers/ana/feed/", 4)],
)
@pytest.mark.parametrize("count", [1, 12])
def test_a_feed_costs_the_same_few_queries_for_any_number(
    ana, client, path, queries, count, django_assert_num_queries
):
    for _ in range(count):
        published(("sea",), author=ana)

    with django_assert_num_queries(queries):
        client.get(path)


# --- Ids stay ---

FEEDS = ["/feed/", "/feed.json", "/readers/ana/feed/", "/tags/sea/feed/"]


def ids(response) -> list[str]:
    """Return the ids in a feed: the feed's own where it has one, and those of its entries."""
    if response["Content-Type"].startswith("application/feed+json"):
        return [item["id"] for item in items(response)]
    return [each.text for each in etree.fromstring(response.content).iter(f"{{{ATOM['a']}}}id")]


@pytest.mark.parametrize("path", FEEDS)
def test_ids_are_the_same_under_every_host_and_scheme(ana, client, path, settings):
    settings.ALLOWED_HOSTS = ["books.example", "elsewhere.example", "[::1]"]
    for title in ("One", "Two"):
        published(("sea",), author=ana, title=title)

    found = {
        tuple(ids(client.get(path, secure=secure, headers={"Host": host})))
        for secure in (True, False)
        for host in ("books.example", "elsewhere.example", "[::1]:8000")
    }

    assert len(found) == 1
    assert len(set(*found)) == len(*found) >= 2


def test_a_post_has_one_id_in_all_feeds_and_keeps_it(ana, client):
    post, _ = published(("sea",), author=ana)
    before = {path: ids(client.get(path))[-1] for path in FEEDS}

    post.title = "Another title"
    post.slug = "another-address"
    post.revise(["sea"])
    ana.name = "Another name"
    ana.save()

    assert len(set(before.values())) == 1
    assert {path: ids(client.get(path))[-1] for path in FEEDS} == before
    assert str(post.submission) not in client.get("/feed/").content.decode()


def test_feeds_have_ids_of_their_own(ana, client):
    published(("sea",), author=ana)
    atom = [path for path in FEEDS if path != "/feed.json"]

    assert len({ids(client.get(path))[0] for path in atom}) == len(atom)


# --- Not asked for in vain, and never out of date ---


@pytest.mark.parametrize("path", ["/feed/", "/feed.json"])
def test_who_has_the_newest_is_told_so(ana, client, path):
    published(author=ana)
    settle()
    first = client.get(path)

    for header, value in (
        ("If-None-Match", first["ETag"]),
        ("If-Modified-Since", first["Last-Modified"]),
    ):
        again = client.get(path, headers={header: value})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["/feed/", "/feed.json"])
@pytest.mark.parametrize(
    ("asks", "given"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_a_removed_post_is_gone_from_a_feed_at_once(ana, client, path, asks, given):
    published(author=ana, title="Stays")
    post, _ = published(author=ana, title="Goes")
    settle()
    first = client.get(path)
    assert b"Goes" in first.content

    post.remove()
    again = client.get(path, headers={asks: first[given]})

    assert again.status_code == 200
    assert b"Goes" not in again.content
    assert b"Stays" in again.content


def test_a_change_of_this_very_second_is_not_dated(ana, client):
    published(author=ana)

    assert "Last-Modified" not in client.get("/feed/")


def test_an_edit_is_dated(ana, client):
    post, _ = published(author=ana)
    post.revise()

    assert entries(client.get("/feed/"))[0]["updated"] == post.edited_at.isoformat()


def test_an_empty_feed_is_one_too_and_does_not_change(client):
    first = client.get("/feed/")

    assert entries(first) == []
    assert client.get("/feed/", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_feed_is_only_read_and_sets_no_cookie(client):
    assert client.post("/feed/").status_code == 405
    assert not client.get("/feed/").cookies


# --- Spoilers, and what people write ---


@pytest.mark.parametrize(
    "body",
    [
        "It was ||the doctor||.",
        "||\nthe doctor\n\nand the nurse\n||",
        "::: spoiler The end\nIt was *the doctor*.\n:::",
        "- one\n- ||the doctor||\n\n> ||the doctor||",
        "# It was ||the **doctor**||",
        "||a ||nested|| the doctor||",
        "::: spoiler\n||x||\n\n::: spoiler\nthe doctor\n:::\nthe doctor\n:::",
    ],
)
@pytest.mark.parametrize("path", ["/feed/", "/feed.json"])
def test_what_a_spoiler_says_is_in_no_feed(ana, client, path, body):
    post, _ = published(author=ana, body=f"Before.\n\n{body}\n\nAfter.")

    text = client.get(path).content.decode()

    assert "doctor" not in text
    assert "[spoiler]" in text
    assert "Before." in text
    assert "After." in text
    assert text.count(post.get_absolute_url()) > 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_is_words_in_a_feed(payload, as_ana, client):
    as_ana.post("/posts/new/", as_a_post(payload))
    post = Post.objects.get()

    entry = entries(client.get("/feed/"))[0]
    item = items(client.get("/feed.json"))[0]

    assert entry["html"] == item["content_html"]
    assert_review_is_inert(to_open_html(post.body, "").partition('<p><a href="">')[0])
    assert entry["title"] == item["title"]
    assert entry["tags"] == item["tags"]


@pytest.mark.parametrize("payload", PAYLOADS + NULS)
def test_no_markdown_becomes_more_than_a_review_may_have(payload):
    for text in (payload, f"> {payload}", f"- {payload}", f"# {payload}"):
        assert_review_is_inert(to_open_html(text, "").partition('<p><a href="">')[0])


@pytest.mark.parametrize(
    "payload", [each for each in PAYLOADS if "||" not in each and "spoiler" not in each]
)
def test_what_has_no_spoiler_reads_as_on_its_page(payload):
    text = f"{payload}\n\n1. *one*\n2. `two`\n\n```\ncode\n```"

    assert to_open_html(text, "") == to_html(text)


@pytest.mark.parametrize("odd", ["\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_say_do_not_break_a_feed(ana, client, odd):
    text = f"a{odd}b"
    ana.name = ana.about = text
    ana.save()
    post, _ = published((text,), author=ana, title=text, book_author=text, body=text)

    for path in ("/feed/", "/readers/ana/feed/", f"/tags/{post.tags.get().slug}/feed/"):
        entry = entries(client.get(path))[0]
        # What is one line has a space instead of a control character.
        line = one_line(text).replace(odd, "")
        assert (entry["title"], entry["author"]) == (f"{line}, by {line}", line)
        assert entry["html"].strip() == '<p dir="auto">ab</p>'
    assert items(client.get("/feed.json"))[0]["title"] == f"{line}, by {line}"
