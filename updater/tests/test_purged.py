"""Open pages follow the removal of everything of a person as one change."""

import pytest
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.log import Change, Cursor
from posts.factories import commented, published
from posts.models import ModerationAction, Post
from posts.models.moderation import Verb
from posts.models.report import Reason
from posts.moderation.verbs import carry_out
from updater.log_reader import LogReader
from updater.tests.page import Page

pytestmark = pytest.mark.django_db


def load(path: str) -> Page:
    return Page(Client().get(path, follow=True).content.decode())


def missed(page: Page) -> list[str] | None:
    """Return the frames of what a page has missed; None for a reset."""
    request = (page.topics, Cursor.parse(page.cursor))
    frames = LogReader().read((), [request]).catch_ups[request]
    return None if frames is None else [frame.text for frame in frames]


def act(verb: Verb, person: User) -> None:
    admin, _ = User.objects.get_or_create(username="admin", is_superuser=True)
    carry_out(ModerationAction.of(admin, verb, person, reason=Reason.SPAM))


@pytest.fixture
def paths(ana, ben) -> list[str]:
    """Pages with posts, comments, replies and likes of Ana's among those of Ben."""
    post, _ = published(author=ben, title="Emma", tags=("novel",))
    pills, _ = published(author=ana, title="Pills", tags=("novel", "pills"))
    published(author=ana, title="More pills")[0].mark(key=True)
    pills.pin()
    thread = commented(post, "Pills!", author=ana)
    commented(post, "Stop it.", author=ben, parent=thread)
    commented(post, "Pills again!", author=ana)
    said = commented(post, "A fine book.", author=ben)
    commented(post, "And pills!", author=ana, parent=said)
    post.like(ana, True)
    said.like(ana, True)
    rooms = [each.get_absolute_url() for each in Post.objects.all()]
    return ["/", "/key/", "/tags/novel/", "/readers/ben/", "/search/?q=pills", *rooms]


def test_each_page_ends_as_a_fresh_load_of_it(paths, ana):
    pages = {path: load(path) for path in paths}
    before = Change.objects.count()

    act(Verb.PURGE, ana)

    assert Change.objects.count() == before + 1
    for path, page in pages.items():
        for frame in missed(page):
            page.apply(frame)
        fresh = load(path)
        for what in ("removed", "heading", "posts", "pinned", "counts", "comments"):
            assert getattr(page, what) == getattr(fresh, what), f"{what} of {path}"


def test_a_list_gets_one_small_frame_however_many_posts_there_were(ana, ben):
    published(author=ben)
    for number in range(300):
        published(author=ana, title=f"Pill {number}")
    page = load("/")

    act(Verb.PURGE, ana)

    (frame,) = missed(page)
    assert len(frame) < 1_000
    page.apply(frame)
    assert page.posts == load("/").posts[: len(page.posts)]


def test_pages_follow_when_everything_comes_back(paths, ana):
    act(Verb.PURGE, ana)
    pages = {path: load(path) for path in paths if "search" not in path}

    act(Verb.UNPURGE, User.objects.get(pk=ana.pk))

    for path, page in pages.items():
        for frame in missed(page):
            page.apply(frame)
        fresh = load(path)
        # A room that was loaded while it was gone is filled, below what says that it is back.
        whats = ("posts", "pinned", "comments") if not page.removed else ()
        for what in whats:
            assert getattr(page, what) == getattr(fresh, what), f"{what} of {path}"


def test_more_than_pages_can_follow_has_them_reload(paths, ana, monkeypatch):
    monkeypatch.setattr("posts.moderation.purge.MOST_IN_A_CHANGE", 1)
    page = load("/")
    UserFactory()

    act(Verb.PURGE, ana)

    assert missed(page) is None
