"""A page counts what is new, and its title says that something is: nothing else that arrives."""

from collections.abc import Callable

import pytest

from bookshelf.log import Cursor
from posts.factories import commented, published
from posts.live.title import LiveTitle, TitleFrame
from posts.models import Post
from updater.log_reader import LogReader
from updater.tests.page import Page

pytestmark = pytest.mark.django_db

New = tuple[int, bool]
"""How many a page says are new, and whether its title is marked."""


class Follower:
    """An open page that gets what a log reader reads."""

    def __init__(self, client, path: str = "/") -> None:
        self.page = Page(client.get(path, follow=True).content.decode())
        self.unmarked = self.page.title
        self.reader = LogReader()
        self.reader.read([self.page.topics])

    def reads(self) -> New:
        result = self.reader.read([self.page.topics])
        for frame in result.live.get(self.page.topics, ()):
            self.page.apply(frame.text)
        return self.shows

    def returns(self) -> New:
        """Read what was missed since the page was loaded."""
        request = (self.page.topics, Cursor.parse(self.page.cursor))
        for frame in LogReader().read([], [request]).catch_ups[request] or ():
            self.page.apply(frame.text)
        return self.shows

    @property
    def shows(self) -> New:
        assert self.page.title in (self.unmarked, f"(•) {self.unmarked}")
        return self.page.new, self.page.title != self.unmarked


def restore(post: Post) -> None:
    post.remove()
    post.restore()


def edit(post: Post) -> None:
    post.title = "Emma, again"
    post.revise(["fresh"])


OLD: dict[str, Callable[[Post], object]] = {
    "edited": edit,
    "restored": restore,
    "pinned": Post.pin,
    "marked": lambda post: post.mark(key=True),
    "liked": lambda post: post.like(post.author, True),
    "commented": commented,
}


@pytest.mark.parametrize("path", ["/", "/readers/ana/", "/tags/fresh/", "/key/"])
@pytest.mark.parametrize("what", OLD)
def test_what_happens_to_an_old_post_is_not_new(client, ana, path, what):
    published(author=ana, tags=["fresh"])
    old, _ = published(author=ana, title="Emma")
    follower = Follower(client, path)

    OLD[what](old)

    assert follower.reads() == (0, False)


@pytest.mark.parametrize("path", ["/", "/readers/ana/", "/tags/fresh/"])
def test_new_posts_are_counted_and_the_title_is_marked_once(client, ana, path):
    published(author=ana, tags=["fresh"])
    follower = Follower(client, path)

    published(author=ana, tags=["fresh"])
    published(author=ana, tags=["fresh"])
    assert follower.reads() == (2, True)
    new, _ = published(author=ana, tags=["fresh"])
    assert follower.reads() == (3, True)
    edit(new)
    assert follower.reads() == (3, True)


def test_a_post_for_other_lists_is_not_new(client, ana, ben):
    published(author=ana, tags=["fresh"])
    followers = [Follower(client, path) for path in ("/readers/ana/", "/tags/fresh/")]

    published(author=ben, tags=["stale"])

    assert [each.reads() for each in followers] == [(0, False)] * 2


def test_a_new_post_that_is_removed_is_counted_no_more_and_its_undo_does_not_count(client, ana):
    follower = Follower(client)
    post, _ = published(author=ana)
    assert follower.reads() == (1, True)

    post.remove()
    assert follower.reads() == (0, True)
    post.restore()

    assert follower.reads() == (0, True)


def test_what_came_and_went_between_two_readings_marks_nothing(client, ana):
    follower = Follower(client)
    post, _ = published(author=ana)
    post.remove()
    assert follower.reads() == (0, False)
    post.restore()

    room = Follower(client, f"/posts/{post.pk}/")
    commented(post).remove()

    assert room.reads() == (0, False)


def test_a_returning_page_counts_what_it_missed(client, ana):
    old, _ = published(author=ana, title="Emma")
    follower = Follower(client)
    published(author=ana)
    restore(published(author=ana)[0])
    restore(old)

    assert follower.returns() == (2, True)


def test_a_room_counts_comments_and_replies_that_are_new(client, ana):
    post, _ = published(author=ana)
    old = commented(post)
    follower = Follower(client, f"/posts/{post.pk}/")

    new = commented(post)
    reply = commented(post, parent=old)
    assert follower.reads() == (2, True)
    new.revise("Better said.")
    assert follower.reads() == (2, True)
    reply.remove()

    assert follower.reads() == (1, True)


@pytest.mark.parametrize("what", ["edited", "liked", "removed"])
def test_what_happens_to_an_old_comment_is_not_new(client, ana, what):
    post, _ = published(author=ana)
    old = commented(post)
    follower = Follower(client, f"/posts/{post.pk}/")

    if what == "edited":
        old.revise("Better said.")
    elif what == "liked":
        old.like(ana, True)
    else:
        old.remove()

    assert follower.reads() == (0, False)


def test_a_page_of_older_posts_or_comments_counts_nothing(client, ana):
    post, _ = published(author=ana)
    for path in (f"/?before={post.pk + 1}", f"/posts/{post.pk}/?before=9"):
        page = Page(client.get(path, follow=True).content.decode())
        assert page.tree.xpath("//*[@id='arrivals']") == []


def test_the_mark_of_the_title_is_rendered_once_and_costs_no_query(
    client, ana, django_assert_num_queries
):
    assert LiveTitle.draw(TitleFrame.MARKED, 1, None).startswith("<hx-partial")
    with django_assert_num_queries(0):
        LiveTitle.fetch([1])
        LiveTitle.draw(TitleFrame.MARKED, 1, None)
