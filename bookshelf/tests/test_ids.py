"""An id from outside is a number in ASCII digits, and nothing that resembles one."""

from urllib.parse import urlencode

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookshelf.ids import id_or_404, parse_id
from bookshelf.live_objects import is_topic
from bookshelf.log import Cursor
from bookshelf.tests.post_views import VIEWS
from posts.forms.fields import IdField
from posts.models import Draft
from posts.models.shelf import Place

ODD = [
    "²", "①", "１", "٣", "१", "9" * 19, "9" * 30, "9" * 5_000, "+1", "-1", " 1", "1 ", "1_0", "1.0",
    "0x1", "1e3", "", "1\n", "1\0", "１" * 18,
]  # fmt: skip

# Stand for the ids in an address until it is asked for.
PLACES = {"pk": 111_111_111_111_111, "comment_pk": 222_222_222_222_222}

QUERIES = [
    ("/", "before"), ("/", "removed"), ("/key/", "before"), ("/following/", "before"),
    ("/notifications/", "before"), ("/shelf/", "off"), ("/posts/new/", "draft"),
    ("/shelf/?part=want", "before"),
    ("{post}persuasion/", "before"), ("{post}history/", "before"), ("{post}likes/", "before"),
    ("{comment}replies/", "before"), ("{post}edit/", "draft"), ("/changes/", "cursor"),
]  # fmt: skip

FIELDS = [
    ("{post}comments/", "parent"), ("{post}comments/draft/", "parent"),
    ("/notifications/read/", "id"), ("/notifications/read/", "until"),
    ("/posts/new/", "continues"), ("/drafts/keep/", "continues"), ("{post}edit/", "version"),
    ("/drafts/keep/", "version"),
]  # fmt: skip


@given(st.integers(0, 10**18 - 1))
def test_every_number_that_fits_is_an_id(number):
    assert parse_id(str(number)) == number


@given(
    st.text()
    | st.text(st.characters(categories=["Nd", "No", "Nl"]), min_size=1)
    | st.from_regex(r"\s*[+-]?[0-9_]{1,25}\s*", fullmatch=True)
)
def test_an_id_says_what_its_text_says_in_ascii(text):
    found = parse_id(text)

    assert found is None or text.encode("ascii") == b"%0*d" % (len(text), found)


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_no_parser_takes_odd_digits(db, text):
    assert parse_id(text) is None
    assert IdField(required=False).clean(text) is None
    assert Place.parse(f"{text}-1") is None
    assert Place.parse(f"1-{text}") is None
    assert Cursor.parse(f"start.{text}") is None
    assert not is_topic(f"post-{text}")
    assert Draft.objects.at(f"{text}.1").query.is_empty()
    assert Draft.objects.at(f"1.{text}").query.is_empty()
    with pytest.raises(Http404):
        id_or_404(text)


@pytest.fixture
def staff(world) -> Client:
    client = Client()
    client.force_login(world.ana)
    client.world = world
    return client


def addresses_with_an_id() -> list[tuple[str, str]]:
    """Return (view, name of an id in its address) for every id in every address of ours."""
    ours = {name: names for name, names in VIEWS.items() if not name.startswith("admin:")}
    return sorted((name, each) for name, names in ours.items() for each in names & set(PLACES))


def test_the_walk_finds_the_ids_in_our_addresses():
    assert len(addresses_with_an_id()) > 25


@pytest.mark.parametrize(("name", "which"), addresses_with_an_id())
def test_an_address_with_an_odd_id_leads_nowhere(staff, name, which):
    real = {"pk": staff.world.post.pk, "comment_pk": staff.world.comment.pk, "slug": "emma"}
    arguments = {each: real[each] for each in VIEWS[name]} | {which: PLACES[which]}
    path = reverse(name, kwargs=arguments)
    for text in ("９", "²", "9" * 19, "9" * 30, "9" * 5_000, "+1", "-1", "1.0", "1_0"):
        odd = path.replace(str(PLACES[which]), text)
        assert staff.get(odd).status_code == 404, odd[:80]
        assert staff.post(odd).status_code == 404, odd[:80]


@pytest.mark.parametrize(("path", "name"), QUERIES)
def test_an_odd_id_in_a_query_does_no_harm(staff, path, name):
    post, comment = staff.world.post.pk, staff.world.comment.pk
    path = path.format(post=f"/posts/{post}/", comment=f"/posts/{post}/comments/{comment}/")
    for text in ODD:
        response = staff.get(f"{path}{'&' if '?' in path else '?'}{urlencode({name: text})}")
        assert response.status_code < 500, ascii(text[:40])


@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_an_odd_id_in_a_form_does_no_harm(staff, path, name):
    where = path.format(post=f"/posts/{staff.world.post.pk}/")
    for text in ODD:
        # Without a text the form comes back; with one it is taken.
        for body in ("", "Well."):
            response = staff.post(where, {name: text, "body": body})
            assert response.status_code < 500, ascii(text[:40])


def test_a_comment_with_an_odd_parent_comes_back_with_its_text(staff):
    where = f"/posts/{staff.world.post.pk}/comments/"
    for text in ODD:
        response = staff.post(where, {"parent": text, "body": "x" * 5_001})
        assert response.status_code == 422, ascii(text[:40])
        assert "x" * 5_001 in response.content.decode()
