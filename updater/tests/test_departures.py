"""Somebody deletes their account: every open page follows."""

import pytest
from django.urls import reverse

from accounts.leaving.departures import leave
from accounts.models import User
from bookshelf.log import Cursor
from posts.factories import commented, published
from updater.log_reader import LogReader
from updater.tests.conftest import opened
from updater.tests.page import Page
from updater.tests.running import in_thread
from updater.tests.test_admin_ways import OpenPages, check_rows, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(ana, ben):
    """A conversation between Ana, who will leave, and Ben."""
    mine, _ = published(author=ana, title="Persuasion", tags=("novel",))
    mine.pin()
    theirs, _ = published(author=ben, title="Emma", tags=("novel", "zeugma"))
    theirs.mark(key=True)
    comment = commented(theirs, "Badly done.", author=ana)
    commented(theirs, "Indeed.", author=ben, parent=comment)
    commented(theirs, "Well.", author=ana, parent=commented(theirs, "So?", author=ben))
    comment.like(ben, True)
    for what in (mine, theirs, comment):
        what.like(ana, True)


@pytest.mark.parametrize("keeps_texts", [True, False])
def test_open_pages_end_up_as_fresh_loads(written, ana, keeps_texts):
    pages = OpenPages()
    own = pages.pages.pop("/readers/ana/")

    leave(ana, keeps_texts=keeps_texts)

    pages.follow()
    check_rows()
    request = (own.topics, Cursor.parse(own.cursor))
    for frame in LogReader().read((), [request]).catch_ups[request]:
        own.apply(frame.text)
    # Its address is another one now.
    fresh = load(reverse("posts:author", args=[User.objects.get(pk=ana.pk).username]))
    assert isinstance(fresh, Page)
    for what in ("heading", "about", "posts", "counts"):
        assert getattr(own, what) == getattr(fresh, what), what


@pytest.mark.django_db(transaction=True)
async def test_a_reader_watches_somebody_leave(ana, ben):
    post, _ = await in_thread(published, author=ben)
    await in_thread(lambda: commented(post, "Farewell.", author=ana))

    async with opened(post.get_absolute_url()) as room:
        await in_thread(lambda: leave(ana, keeps_texts=False))
        await room.until(lambda page: page.comments == [])
        assert "Farewell" not in room.tree.text_content()
