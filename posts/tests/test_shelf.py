"""A reader's own reading list."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from bookshelf.log import Change
from posts.factories import published
from posts.live.post import LivePost, PostFrame
from posts.models import Shelf, ShelvedBook
from posts.models.shelf import Place

HTMX = {"HX-Request": "true"}


@pytest.fixture
def emma(ana):
    """Ana's post on Emma."""
    return published(author=ana, title="Emma", book_author="Jane Austen")[0]


def put(client, post, state: str, **headers):
    return client.post(f"/shelf/posts/{post.pk}/", {"state": state}, headers=headers)


def shelf_of(reader) -> dict[str, str]:
    books = ShelvedBook.objects.of(reader).on_shelf()
    return {book.shown.title: book.state for book in books}


def parts(response) -> dict[str, list[str]]:
    page = html.fromstring(response.content.decode())
    return {
        part.xpath("string(h2)"): [" ".join(h.text_content().split()) for h in part.xpath(".//h3")]
        for part in page.find_class("shelf-part")
    }


@pytest.mark.parametrize("state", ["want", "reading", "read"])
def test_a_reader_puts_a_book_on_the_shelf(as_ben, ben, emma, state):
    put(as_ben, emma, state)

    assert shelf_of(ben) == {"Emma": state}


def test_the_form_says_the_wanted_state_so_repeating_is_harmless(as_ben, ben, emma):
    for state in ("want", "want", "reading", "reading"):
        put(as_ben, emma, state)
    assert shelf_of(ben) == {"Emma": "reading"}

    for _ in range(2):
        put(as_ben, emma, "off")
    assert shelf_of(ben) == {}


def test_the_same_book_from_another_post_is_one_book(as_ben, ben, emma, ana):
    other, _ = published(author=ana, title=" EMMA", book_author="jane  austen")

    put(as_ben, emma, "want")
    put(as_ben, other, "read")

    assert ShelvedBook.objects.of(ben).count() == 1
    shown = html.fromstring(as_ben.get("/").content.decode())
    assert len(shown.find_class("shelve--on")) == 2


def test_nothing_of_it_is_broadcast(as_ben, ben, emma):
    before = Change.objects.count()
    stored = LivePost.fetch([emma.pk])[emma.pk]
    neutral = LivePost.draw(PostFrame.CREATED, emma.pk, stored)

    put(as_ben, emma, "reading")

    assert Change.objects.count() == before
    post = LivePost.fetch([emma.pk])[emma.pk]
    assert LivePost.draw(PostFrame.CREATED, emma.pk, post) == neutral
    assert "csrf" not in neutral
    assert f"/shelf/posts/{emma.pk}/" in neutral


def test_a_card_says_where_the_book_stands_to_its_reader_only(as_ben, as_ana, client, emma):
    put(as_ben, emma, "reading")

    for path in ("/", emma.get_absolute_url(), "/search/?q=emma", "/readers/ana/"):
        assert "On your reading list" in as_ben.get(path).content.decode(), path
        assert "On your reading list" not in as_ana.get(path).content.decode(), path
        assert "On your reading list" not in client.get(path).content.decode(), path


def test_with_htmx_the_answer_is_the_control_alone(as_ben, emma):
    response = put(as_ben, emma, "want", **HTMX)

    (control,) = html.fragments_fromstring(response.content.decode().strip())
    assert control.get("id") == f"post-{emma.pk}-shelf"
    assert "Want to read" in control.xpath("string(summary)")
    assert control.xpath("summary/@autofocus")


@pytest.mark.parametrize("page", ["/", "/?before=900", "/tags/novel/"])
def test_without_javascript_one_is_back_where_one_was(as_ben, emma, page):
    response = put(as_ben, emma, "want", Referer=f"http://testserver{page}")

    assert response["Location"] == f"{page}#post-{emma.pk}-foot"


@pytest.mark.parametrize(
    "referer",
    ["", "https://elsewhere.example/", "http://testserver//elsewhere.example/", "http://[", "/\\x"],
)
def test_nobody_is_led_to_another_site(as_ben, emma, referer):
    response = put(as_ben, emma, "want", Referer=referer)

    assert response["Location"] == f"{emma.get_absolute_url()}#post-{emma.pk}-foot"


def test_a_guest_is_led_to_sign_in_and_back(emma, ben):
    strict = Client(enforce_csrf_checks=True)
    referer = {"Referer": "http://testserver/?before=900"}
    address = f"/accounts/login/?next={quote('/?before=900')}"

    assert put(strict, emma, "want", **referer)["Location"] == address
    assert put(strict, emma, "want", **referer, **HTMX)["HX-Redirect"] == address
    assert not ShelvedBook.objects.exists()


def test_another_site_cannot_fill_a_shelf(emma, ben):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)

    assert put(strict, emma, "want").status_code == 403
    assert not ShelvedBook.objects.exists()


def test_what_makes_no_sense_is_refused(as_ben, emma):
    assert put(as_ben, emma, "burnt").status_code == 400
    assert as_ben.post(f"/shelf/posts/{emma.pk}/").status_code == 400
    assert as_ben.get(f"/shelf/posts/{emma.pk}/").status_code == 405
    assert as_ben.post("/shelf/posts/999/", {"state": "want"}).status_code == 404
    emma.remove()
    assert put(as_ben, emma, "want").status_code == 404
    assert not ShelvedBook.objects.exists()


# --- One's own page


def test_the_shelf_has_three_parts_the_last_moved_first(as_ben, ana):
    posts = [published(author=ana, title=f"Book {n}")[0] for n in range(4)]
    for post, state in zip(posts, ("want", "reading", "read", "want"), strict=True):
        put(as_ben, post, state)

    assert parts(as_ben.get("/shelf/")) == {
        "Reading": ["Book 1"],
        "Want to read": ["Book 3", "Book 0"],
        "Read": ["Book 2"],
    }


def test_an_empty_shelf_invites(as_ben, client):
    assert "Nothing here yet" in as_ben.get("/shelf/").content.decode()
    assert "/accounts/login/" in client.get("/shelf/")["Location"]


def test_all_of_a_part_is_reached_page_by_page_and_nothing_twice(as_ben, ben, ana):
    now = timezone.now()
    for n in range(110):
        # Many at the same time, as from an import.
        ShelvedBook.objects.create(
            reader=ben, title=f"Book {n}", book_author="A", state="read",
            moved_at=now - timedelta(microseconds=n // 40),
        )  # fmt: skip

    shown, path = [], "/shelf/?part=read"
    while path:
        response = as_ben.get(path)
        shown += parts(response)["Read"]
        more = html.fromstring(response.content.decode()).xpath("//a[@rel='next']/@href")
        path = f"/shelf/{more[0]}" if more else None

    assert len(shown) == len(set(shown)) == 110
    assert len(parts(as_ben.get("/shelf/"))["Read"]) == 12


@pytest.mark.parametrize(
    "query", ["part=x", "part=read&before=x", "part=read&before=9999999999999999999999-1"]
)
def test_a_part_that_cannot_be_is_not_found(as_ben, query):
    assert as_ben.get(f"/shelf/?{query}").status_code == 404


def test_a_place_survives_being_written(ben):
    place = Place(timezone.now(), 7)

    assert Place.parse(str(place)) == place
    for bad in ("", "7", "-", "1-2-3", "1-²", "-1-1"):
        assert Place.parse(bad) is None, bad


def test_the_shelf_costs_the_same_few_queries_for_any_number(
    as_ben, ben, ana, django_assert_num_queries
):
    for count in (1, 12):
        for n in range(count):
            put(as_ben, published(author=ana, title=f"Book {count} {n}")[0], "read")
        # Session, reader, and whether it is public; the three parts; the footer.
        with django_assert_num_queries(7):
            as_ben.get("/shelf/")


def test_the_control_costs_a_list_no_query_of_its_own(as_ben, ana, django_assert_num_queries):
    for _ in range(20):
        put(as_ben, published(author=ana, tags=("novel",))[0], "read")

    # Session and reader; cursor, posts, tags, what is pinned; likes and what is on the shelf; the
    # footer.
    with django_assert_num_queries(8):
        as_ben.get("/")


def test_what_is_taken_off_can_be_put_back_to_its_place(as_ben, ben, emma, ana):
    put(as_ben, emma, "reading")
    put(as_ben, published(author=ana, title="Persuasion")[0], "reading")
    book = ShelvedBook.objects.get(title="Emma")

    response = as_ben.post(f"/shelf/{book.pk}/", {"state": "off"})
    page = as_ben.get(response["Location"])
    assert parts(page) == {"Reading": ["Persuasion"]}
    form = html.fromstring(page.content.decode()).find_class("undo")[0]
    as_ben.post(form.get("action"), dict(form.form_values()))

    assert parts(as_ben.get("/shelf/")) == {"Reading": ["Persuasion", "Emma"]}


def test_moving_a_book_leads_back_to_the_same_part(as_ben, emma):
    put(as_ben, emma, "reading")
    book = ShelvedBook.objects.get()
    there = {"Referer": "http://testserver/shelf/?part=reading&before=5-5&off=3"}

    response = as_ben.post(f"/shelf/{book.pk}/", {"state": "read"}, headers=there)
    assert response["Location"] == "/shelf/?part=reading&before=5-5"
    response = as_ben.post(f"/shelf/{book.pk}/", {"state": "off"}, headers=there)
    assert response["Location"] == f"/shelf/?part=reading&before=5-5&off={book.pk}"


def test_what_was_taken_off_is_forgotten_after_a_day(as_ben, ben, emma, ana):
    put(as_ben, emma, "want")
    put(as_ben, emma, "off")
    ShelvedBook.objects.update(taken_off_at=timezone.now() - timedelta(days=2))
    put(as_ben, published(author=ana, title="Persuasion")[0], "want")
    other = ShelvedBook.objects.get(title="Persuasion")

    as_ben.post(f"/shelf/{other.pk}/", {"state": "read"})

    assert [book.title for book in ShelvedBook.objects.all()] == ["Persuasion"]


def test_nobody_moves_a_book_of_somebody_else(as_ben, as_ana, ben, client, emma):
    put(as_ben, emma, "want")
    book = ShelvedBook.objects.get()

    assert as_ana.post(f"/shelf/{book.pk}/", {"state": "off"}).status_code == 404
    assert "/accounts/login/" in client.post(f"/shelf/{book.pk}/", {"state": "off"})["Location"]
    assert as_ben.get(f"/shelf/{book.pk}/").status_code == 405
    assert as_ben.post(f"/shelf/{book.pk}/", {"state": "lost"}).status_code == 400
    assert shelf_of(ben) == {"Emma": "want"}


# --- What becomes of the post


def test_the_title_on_the_shelf_follows_the_post(as_ben, ben, emma):
    put(as_ben, emma, "read")
    emma.title = "Emma, a Novel"
    emma.revise()

    assert parts(as_ben.get("/shelf/")) == {"Read": ["Emma, a Novel"]}
    assert "On your reading list" in as_ben.get("/").content.decode()
    put(as_ben, emma, "off")
    assert shelf_of(ben) == {}


def test_the_book_stays_when_its_post_is_removed_or_deleted(as_ben, ben, emma, ana):
    put(as_ben, emma, "read")

    emma.remove()
    assert parts(as_ben.get("/shelf/")) == {"Read": ["Emma"]}
    assert emma.get_absolute_url() not in as_ben.get("/shelf/").content.decode()

    emma.delete()
    assert parts(as_ben.get("/shelf/")) == {"Read": ["Emma"]}
    as_ben.post(f"/shelf/{ShelvedBook.objects.get().pk}/", {"state": "want"})
    assert parts(as_ben.get("/shelf/")) == {"Want to read": ["Emma"]}


# --- For everybody, or not


def test_a_shelf_is_private_until_its_reader_shows_it(as_ben, ben, client, emma):
    put(as_ben, emma, "read")
    assert client.get("/readers/ben/shelf/").status_code == 404
    assert "/readers/ben/shelf/" not in client.get("/readers/ben/").content.decode()

    as_ben.post("/shelf/public/", {"public": "1"})
    assert parts(client.get("/readers/ben/shelf/")) == {"Read": ["Emma"]}
    assert "/readers/ben/shelf/" in client.get("/readers/ben/").content.decode()

    as_ben.post("/shelf/public/", {"public": "0"})
    assert client.get("/readers/ben/shelf/").status_code == 404


def test_a_public_shelf_has_nothing_to_move_and_sets_no_cookie(as_ben, client, emma):
    put(as_ben, emma, "read")
    as_ben.post("/shelf/public/", {"public": "1"})

    page = client.get("/readers/ben/shelf/")
    assert not html.fromstring(page.content.decode()).xpath("//main//form")
    assert not client.cookies


def test_showing_a_shelf_is_refused_what_makes_no_sense(as_ben, client):
    assert as_ben.post("/shelf/public/", {"public": "2"}).status_code == 400
    assert as_ben.get("/shelf/public/").status_code == 405
    assert "/accounts/login/" in client.post("/shelf/public/", {"public": "1"})["Location"]
    assert not Shelf.objects.exists()
    assert client.get("/readers/nobody/shelf/").status_code == 404
