"""Search, the same on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.factories import published
from posts.models import Post, SearchDocument
from posts.search.terms import QUOTES, parse
from posts.tests.cost import THOROUGH

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ana):
    """Three posts to tell apart."""
    return {
        name: published(author=ana, **fields)[0]
        for name, fields in {
            "emma": {
                "title": "Emma",
                "book_author": "Jane Austen",
                "body": "A matchmaker who is wrong. ||Knightley waits.||",
                "tags": ("novel", "Village life"),
            },
            "villette": {
                "title": "Villette",
                "book_author": "Charlotte Brontë",
                "body": "She is watched, and watching. Nobody matches her.",
                "tags": ("novel",),
            },
            "walden": {
                "title": "Walden",
                "book_author": "Henry David Thoreau",
                "body": "A pond. Emma would have hated it.",
                "tags": ("essay",),
            },
        }.items()
    }


def found(query: str) -> list[str]:
    return [post.title for post in Post.objects.search(query)]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("villette", ["Villette"]),
        ("bronte", ["Villette"]),
        ("BRONTË", ["Villette"]),
        ("thor", ["Walden"]),
        ("village", ["Emma"]),
        ("watching", ["Villette"]),
        ("watch", ["Villette"]),
        ("jane austen", ["Emma"]),
        ('"jane austen"', ["Emma"]),
        ('"austen jane"', []),
        ("emma -pond", ["Emma"]),
        ("villette or walden", ["Walden", "Villette"]),
        ("novels jane", ["Emma"]),
        ("matches nobody", ["Villette"]),
        ("match nobody", ["Villette"]),
        ("ponds hated", ["Walden"]),
        ("watches villette", []),
        ("watch villette", []),
        ('"novels" jane', []),
        ("jane -novels", ["Emma"]),
        ("nothing of the kind", []),
    ],
)
def test_posts_are_found_by_what_they_say(shelf, query, titles):
    assert sorted(found(query)) == sorted(titles)


def test_a_title_counts_for_more_than_a_mention(shelf):
    assert found("emma") == ["Emma", "Walden"]


def test_spoilers_find_nothing(shelf):
    assert found("Knightley") == []


@pytest.mark.parametrize(
    "query",
    ["", " ", "-", '"', '""', '"" OR', "OR", "NOT", "-emma", "a AND", "(", ")", "*", "col:x", "'",
     "%", "\\", "\0", "emma\0", "😀", "& | !", "<->", "x" * 5000, "NEAR(a b)", "title:emma",
     "^emma"],
)  # fmt: skip
def test_no_query_breaks_anything(shelf, query):
    assert isinstance(found(query), list)


def test_a_review_as_long_as_may_be_in_a_script_without_spaces_is_found(ana):
    syllables = "".join(chr(0xAC00 + n % 11_172) for n in range(0, 140_000, 7))
    post, _ = published(author=ana, body=syllables)

    assert Post.objects.search(syllables[12_000:12_100]) == [post]


def test_words_of_operators_are_ordinary_words_where_they_ask_for_nothing(ana):
    post, _ = published(author=ana, title="Or Not", body="Near and -far.")

    for query in ("or", "or n", "not", "near", "or not or", "and", "near and far", '"or not'):
        assert Post.objects.search(query) == [post], query
    assert Post.objects.search("near -far") == []


def test_an_edit_is_found_by_its_new_words_only(shelf):
    shelf["emma"].title = "Sanditon"
    shelf["emma"].body = "Unfinished."
    shelf["emma"].revise(["seaside"])

    assert found("sanditon") == found("seaside") == ["Sanditon"]
    assert found("matchmaker") == found("village") == []


def test_an_edit_that_leaves_the_tags_alone_keeps_them_found(shelf):
    shelf["emma"].revise()

    assert found("village") == ["Emma"]


def test_a_removed_post_is_gone_at_once_and_back_when_restored(shelf):
    shelf["emma"].remove()
    assert found("matchmaker") == []

    shelf["emma"].restore()
    assert found("matchmaker") == ["Emma"]


def test_searching_costs_the_same_few_queries(shelf, django_assert_num_queries):
    with django_assert_num_queries(3):
        found("emma")


def test_the_page_shows_what_is_found(shelf, client):
    text = client.get("/search/", {"q": "bronte"}).content.decode()

    assert "Villette" in text
    assert "Walden" not in text
    assert 'value="bronte"' in text


def test_nothing_found_says_what_to_do(shelf, client):
    text = client.get("/search/", {"q": "<b>zzz"}).content.decode()

    assert "Nothing found" in text
    assert "<b>zzz" not in text


def test_the_page_without_a_query_explains_itself(db, client):
    assert "a phrase" in client.get("/search/").content.decode()


# Signs of both query languages, and letters whose folding is a trap.
SIGNS = "aéßøıİþ'’-. \"()&|!:*<\\\0\u200d½ﷺ孤独เรื่क्षि한ㅎばﾊ٣_0१OR"


@settings(
    max_examples=2_000 if THOROUGH else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(title=st.text(st.sampled_from(SIGNS), max_size=30) | st.text(max_size=20), place=st.data())
def test_whatever_a_title_is_it_is_found_by_all_of_its_beginnings(ana, title, place):
    post = Post.objects.first() or published(author=ana)[0]
    # A surrogate is no character, and is stored by no database.
    post.title = title.encode(errors="ignore").decode()
    SearchDocument.objects.put(post.pk, post.title, post.book_author, "", [])
    typed = post.title[: place.draw(st.integers(0, len(post.title)))]

    found = SearchDocument.objects.matching(typed, 10)

    query = parse(typed)
    if query is None:
        assert found == []
    elif not query.unwanted and '"' not in typed.translate(QUOTES):
        assert found == [post.pk]
