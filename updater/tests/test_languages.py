"""What is broadcast is the same whatever language is active, and fits into pages in each."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from bookshelf.log import Cursor
from bookshelf.plain_values import TRANSLATED
from posts.factories import commented, published
from posts.models import Post
from updater.log_reader import LogReader
from updater.room import RoomSnapshot, draw
from updater.tests.page import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("languages")]

CODES = list(TRANSLATED)
PARTS = ("removed", "heading", "about", "posts", "pinned", "counts", "comments")


@pytest.fixture
def post(ana, ben) -> Post:
    post, _ = published(author=ana, title="Emma", tags=("novel",))
    commented(post, author=ben)
    return post


def everything_happens(post, ana, ben) -> None:
    """Change what pages show in each way that they show."""
    first = post.comments.get()
    other, _ = published(author=ben, title="Dracula", tags=("novel",), rating="4.5")
    other.pin()
    commented(post, author=ana, parent=first)
    second = commented(post, "And more.", author=ben)
    post.like(ben, True)
    first.like(ana, True)
    second.remove()
    post.title = "Emma, again"
    post.revise(["novel"], editor=ana)
    gone, _ = published(author=ana, title="Gone")
    gone.remove()
    ana.name = "Ana Ortiz"
    ana.save()


def opened(path: str, code: str) -> Page:
    answer = Client(headers={"Accept-Language": code}).get(path, follow=True)
    assert answer["Content-Language"] == code
    return Page(answer.content.decode())


def missed(page: Page) -> list[str]:
    request = (page.topics, Cursor.parse(page.cursor))
    frames = LogReader().read((), [request]).catch_ups[request]
    assert frames
    return [frame.text for frame in frames]


def test_frames_are_the_same_in_every_language_and_zone(post, ana, ben):
    pages = [opened(path, "en") for path in ("/", post.get_absolute_url(), "/readers/ana/")]
    everything_happens(post, ana, ben)
    drawn = {}
    for code in CODES:
        with translation.override(code), timezone.override("Asia/Tokyo"):
            bell = LogReader().read((), [], connecting_users=[ana.pk]).personal
            drawn[code] = [*map(missed, pages), [frame.text for frame in bell.values()]]

    assert len(CODES) == 3
    assert drawn["de"] == drawn["en"] == drawn["es"]
    assert all(map(len, drawn["en"]))


def test_who_is_here_is_said_in_the_same_frame_in_every_language():
    before = RoomSnapshot({}, frozenset(), 1)
    after = RoomSnapshot({1: "Ana", 2: "<Ben>"}, frozenset({3}), 2)
    drawn = set()
    for code in CODES:
        with translation.override(code):
            drawn |= {draw("post-1", after, before, 1).text, draw("post-1", before, None, 1).text}

    assert len(drawn) == 2
    assert any("<bdi>Ana</bdi> und <bdi>3 Gäste</bdi> sind hier" in text for text in drawn)


@pytest.mark.parametrize("code", CODES)
def test_a_page_in_any_language_becomes_what_a_fresh_one_is(post, ana, ben, code):
    paths = ("/", post.get_absolute_url(), "/readers/ana/", "/tags/novel/")
    pages = {path: opened(path, code) for path in paths}
    everything_happens(post, ana, ben)

    for path, page in pages.items():
        for text in missed(page):
            page.apply(text)
        fresh = opened(path, code)
        for part in PARTS:
            assert getattr(page, part) == getattr(fresh, part), f"{part} of {path}"
