"""Posts of one book lead to each other, however it is spelled, and those of others do not."""

import re
import unicodedata
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content.book_keys import DOTTED, INITIALS, book_key, spelled_alike
from posts.factories import published
from posts.models import Post, ShelvedBook
from posts.tests.cost import THOROUGH

SHORT = settings(max_examples=2_000 if THOROUGH else 200, deadline=None)

BOOKS = [
    ("The Handmaid's Tale", "Margaret Atwood"),
    ("Don't Look Now & Other Stories", "Daphne du Maurier"),
    ("Cien años de soledad", "Gabriel García Márquez"),
    ("The Hobbit", "J. R. R. Tolkien"),
    ("Sult", "Knut Hamsun"),
    ("Snømannen", "Jo Nesbø"),
    ("Pan Tadeusz - Œuvre & Æther", "Stanisław Łem"),
    ('The "A.B.C." Murders', "A. Christie & A. A. Milne"),
    ("Ёлка", "Ф. М. Достоевский"),
    ("百年孤独", "加西亚·马尔克斯"),
    ("गोदान", "प्रेमचंद"),
]
WAYS = {
    "curly quotes": lambda text: text.replace("'", "’"),
    "other quotes": lambda text: text.replace("'", "ʼ").replace('"', "”"),
    "capitals": lambda text: text if "ß" in text else text.upper(),
    "no accents": lambda text: text.translate(
        str.maketrans("áéíóúñøłŁæÆœŒёЁ" "ÁÉÍÓÚÑØ", "aeiounolLeEeEеЕAEIOUNO")
    ) if not set(text) & set("æÆœŒ") else text,
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "white space": lambda text: "  " + text.replace(" ", "\u00a0 "),
    "and": lambda text: text.replace("&", "and"),
    "long dash": lambda text: text.replace(" - ", " – "),
}  # fmt: skip
NAMES = {
    "together": lambda text: text.replace(". ", "."),
    "without dots": lambda text: text.replace(". ", " "),
    "one word": lambda text: re.sub(
        r"(?:\w\. )+", lambda run: run[0].replace(". ", "") + " ", text
    ),
}


@SHORT
@given(
    st.sampled_from(BOOKS),
    st.lists(st.sampled_from(list(WAYS)), max_size=4),
    st.sampled_from([None, *NAMES]),
)
def test_all_spellings_are_one_book(book, ways, name):
    title, author = book
    if name:
        author = NAMES[name](author)
    for way in ways:
        title, author = WAYS[way](title), WAYS[way](author)

    assert book_key(title, author) == book_key(*book)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Handmaid's", "Handmaid’s"),
        ("García", "Garcia"),
        ("J.R.R. Tolkien", "J. R. R. Tolkien"),
        ("J.R.R. Tolkien", "JRR Tolkien"),
        ("J.R.R. Tolkien", "J R R Tolkien"),
        ("Philip K. Dick", "Philip K Dick"),
        ("Strunk & White", "Strunk and White"),
        ("Jo Nesbø", "Jo Nesbo"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
    ],
)
def test_these_are_one(one, other):
    assert book_key("A title", one) == book_key("A title", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Emma", "Emma!"),
        ("We're", "Were"),
        ("Catch-22", "Catch 22"),
        ("Y a", "Ya"),
        ("Мои", "Мой"),
        ("はは", "ばば"),
        ("की", "का"),
        ("दीप राम", "दीपराम"),
        ("มา", "ม้า"),
        ("Volume 1", "Volume 2"),
        ("C", "C++"),
        ("What?", "What"),
    ],
)
def test_these_are_two(one, other):
    assert book_key(one, "Somebody") != book_key(other, "Somebody")


plain_words = st.text(st.sampled_from("abcxyz 12!?:;,()/+#'-"), max_size=12)


@SHORT
@given(plain_words, plain_words)
def test_what_differs_in_more_than_white_space_differs(one, other):
    assert (book_key(one, "") == book_key(other, "")) == (one.split() == other.split())


@SHORT
@given(
    st.text(max_size=30) | st.text("ab. &'’é…", max_size=20), st.sampled_from([DOTTED, INITIALS])
)
def test_one_spelling_stays_what_it_is(text, initials):
    once = spelled_alike(text, initials)

    assert spelled_alike(once, initials) == once


def test_keys_that_were_there_before_are_written_again(ana, ben, monkeypatch):
    migration = import_module("posts.migrations.0018_book_spellings")
    monkeypatch.setattr(migration, "BATCH", 2)
    for title, author in BOOKS:
        published(author=ana, title=title, book_author=author)
    Post.objects.update(book_key="0" * 24)

    migration.write_keys_of(Post, connection)

    assert len(Post.objects.all()) == len(BOOKS)
    for post in Post.objects.all():
        assert post.book_key == book_key(post.title, post.book_author)


@pytest.mark.django_db(transaction=True)
def test_of_two_places_that_become_one_the_reader_keeps_the_last_on_the_shelf(ana, ben):
    migration = import_module("posts.migrations.0018_book_spellings")
    now = timezone.now()
    kept = []
    for reader, states in ((ana, "on off on"), (ben, "off off")):
        for n, state in enumerate(states.split()):
            book = ShelvedBook.objects.create(
                reader=reader, title="García", book_author=f"Writer {n}", state="read"
            )
            moved_at = now + timedelta(hours=n)
            taken_off_at = now if state == "off" else None
            ShelvedBook.objects.filter(pk=book.pk).update(
                title="García" if n else "Garcia",
                book_author="Writer",
                moved_at=moved_at,
                taken_off_at=taken_off_at,
            )
        kept.append(book.pk)
    state = MigrationLoader(connection).project_state()
    with connection.schema_editor() as editor:
        migration.Migration("0018_book_spellings", "posts").apply(state, editor)

    assert list(ShelvedBook.objects.order_by("reader").values_list("pk", flat=True)) == kept
    assert set(ShelvedBook.objects.values_list("book_key", flat=True)) == {
        book_key("Garcia", "Writer")
    }
