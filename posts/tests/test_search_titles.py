"""Every title is found, in all scripts, however it is typed, and the same on both databases.

What is too much to ask a database for each time is tried on the reference, to which both are held;
with THOROUGH=1 all is tried on the database as well.
"""

from random import Random

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.factories import UserFactory
from posts.models import Post, SearchDocument
from posts.models.post import address_of
from posts.seeding import bulk
from posts.tests.cost import THOROUGH
from posts.tests.reference_search import Reference
from posts.tests.spelled import beginnings_of, forms_of, titles
from posts.views.search import MOST

ALL = 1_000
SAMPLE = 1_000_000 if THOROUGH else 500
"""How many queries a test makes."""

PLACES = pytest.mark.parametrize("place", [0, 1], ids=["title", "author"])

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(scope="module")
def shelf(django_db_setup, django_db_blocker):
    """The first shelf and all titles, for all tests of this file: (title, author, id)."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("sampleshelf", verbosity=0)
        author = UserFactory(username="librarian")
        ids = bulk.reserve(len(titles()))
        rows = [
            {
                "pk": pk,
                "author_id": author.pk,
                "slug": address_of(title),
                "title": title,
                "book_author": book_author,
                "body": "A book.",
            }
            for pk, (title, book_author) in zip(ids, titles(), strict=True)
        ]
        bulk.store(rows, [()] * len(rows))
        connection.check_constraints()
        yield list(Post.objects.values_list("title", "book_author", "pk"))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def reference(shelf, django_db_blocker):
    with django_db_blocker.unblock():
        return Reference()


def some(wanted: list, count: int = SAMPLE) -> list:
    """Return as many of them, from all over, and the same each time."""
    return Random(1).sample(wanted, min(count, len(wanted)))


def letters_in(text: str) -> int:
    return sum(map(str.isalnum, text))


def missed(wanted: list[tuple[str, int]], reference: Reference) -> list[str]:
    """Return what does not find its post, of what is typed and the id of the post."""
    late = []
    for typed, pk in some(wanted):
        # From five letters on, on the first page.
        found = SearchDocument.objects.matching(typed, MOST if letters_in(typed) >= 5 else ALL)
        if pk not in found:
            late.append((typed, pk))
    never = [(typed, pk) for typed, pk in wanted if not reference.finds(typed, pk)]
    return [f"{typed!r} of {Post.objects.get(pk=pk)}" for typed, pk in dict.fromkeys(late + never)]


def test_there_are_many_titles_in_many_scripts():
    assert len(set(titles())) >= 300


@PLACES
def test_every_form_is_found(shelf, reference, place):
    wanted = [(form, post[2]) for post in shelf for form in forms_of(post[place])]

    assert missed(wanted, reference) == []


@PLACES
def test_every_beginning_is_found(shelf, reference, place):
    wanted = [
        (typed, post[2])
        for post in shelf
        for form in (forms_of(post[place]) if THOROUGH else [post[place]])
        for typed in beginnings_of(form)
    ]

    assert missed(wanted, reference) == []


def test_title_and_author_together_are_found(shelf, reference):
    wanted = [(f"{title} {author}", pk) for title, author, pk in shelf]
    wanted += [(f"{author} {title}", pk) for title, author, pk in shelf]

    assert missed(wanted, reference) == []


def queries_of(shelf) -> list[str]:
    """Return queries of all kinds, made of what stands in the titles."""
    rng = Random(2)
    words = [word for title, author, _ in shelf for word in f"{title} {author}".split()]
    beginnings = [typed for title, author, _ in shelf for typed in beginnings_of(title)]
    queries = rng.sample(beginnings, 200)
    for _ in range(60):
        one, other, third = rng.sample(words, 3)
        queries += [f"{one} {other}", f"{one} OR {other}", f"{one} or {other} -{third}"]
        queries += [f'-"{one}" {other}', f"{one} -{other[:2]}", f'"{one} {other}" OR {third}']
        title = rng.choice(shelf)[0].split()
        place = rng.randrange(len(title))
        queries += [f'"{" ".join(title[place : place + 2])}"', f'"{" ".join(title)}" -{third}']
    return queries


def test_a_database_finds_what_the_reference_finds(shelf, reference):
    differences = {}
    for query in some(queries_of(shelf)):
        found = set(SearchDocument.objects.matching(query, ALL))
        if found != reference.found(query):
            differences[query] = found ^ reference.found(query)

    assert differences == {}


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("catch 22", "Catch-22"),
        ("catch22", "Catch-22"),
        ("it", "It"),
        ("dont look", "Don't Look Now"),
        ("war and", "War and Peace"),
        ("wutherin", "Wuthering Heights"),
        ("meditat", "Meditations"),
        ("nesbo", "Snømannen"),
        ("孤独", "百年孤独"),
        ("jk rowling", "Harry Potter and the Philosopher's Stone"),
        ("j k rowling", "Harry Potter and the Philosopher's Stone"),
        ("rowling j. k.", "Harry Potter and the Philosopher's Stone"),
        ("J. R. R. Tolkien", "The Silmarillion"),
        ("tolkien jrr", "The Hobbit"),
        ("“look now”", "Don't Look Now"),
        ("whale moby dick", "Moby-Dick; or, The Whale"),
        ("henry v a shakespeare", "Henry V"),
        ("pride and prejudice", "Pride & Prejudice"),
        ("ドストエフスキー", None),
        ("사랑", None),
        ("어", "엄마를 부탁해"),
        ("엄마를부탁", "엄마를 부탁해"),
        ("кобз", "Кобзар"),
        ("madding far", "Far from the Madding Crowd"),
    ],
)
def test_this_finds_that(shelf, typed, title):
    titles_found = list(
        Post.objects.filter(pk__in=SearchDocument.objects.matching(typed, MOST)).values_list(
            "title", flat=True
        )
    )

    assert title in titles_found if title else titles_found == []


def test_the_same_title_comes_first_then_what_begins_with_it(shelf):
    found = [post.title for post in Post.objects.search("it")]
    begins = [title.casefold().startswith("it") for title in found]

    assert found[0] == "It"
    assert begins == sorted(begins, reverse=True)


def test_a_phrase_reaches_from_no_title_into_its_author(shelf):
    assert SearchDocument.objects.matching('"wuthering heights"', ALL)
    assert SearchDocument.objects.matching('"heights emily"', ALL) == []
