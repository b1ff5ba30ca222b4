"""A page offers the next one when there is something on it, and only then."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from accounts.models import User
from bookshelf.tests.post_views import VIEWS, path_of
from posts.factories import PostFactory, published
from posts.models import (
    Appeal,
    Comment,
    Follow,
    Like,
    ModerationAction,
    Notification,
    Post,
    Report,
    Revision,
    Shelf,
    ShelvedBook,
    Tag,
    Tagging,
)

POSTS = '//article[starts-with(@id, "post-")]'
NOTICES = '//ul[@class="notices"]/li'
REPORTED = '//li[starts-with(@id, "reported-")]'
BOOKS = '//li[@class="shelf-book"]'


class World:
    """A post of Ana's, and Ben who looks at the pages, with as much on them as is asked for."""

    def __init__(self, ana: User, ben: User) -> None:
        self.ana, self.ben = ana, ben
        self.post, _ = published(("novel",), author=ana, title="Emma", book_author="Jane Austen")
        self.comment = Comment.objects.create(post=self.post, author=ana, body="Well.")
        self.post.mark(key=True)
        Follow.objects.create(follower=ben, author=ana)
        Shelf.objects.show(ben, True)
        # He sees the pages of moderators as well.
        User.objects.filter(pk=ben.pk).update(is_superuser=True)

    def users(self, count: int, name: str = "many") -> list[User]:
        return User.objects.bulk_create(
            [User(username=f"{name}{number}", name=f"{name} {number}") for number in range(count)]
        )

    def posts(self, count: int) -> None:
        first, more = Post.objects.get(), count - 1
        same = {name: getattr(first, name) for name in ("author", "title", "book_author")}
        rows = [PostFactory.build(is_key=True, slug="emma", **same) for _ in range(more)]
        rows = Post.objects.bulk_create(rows)
        tag = Tag.objects.get()
        Tagging.objects.bulk_create([Tagging(post=row, tag=tag) for row in rows])

    def likes(self, count: int) -> None:
        Like.objects.bulk_create([Like(user=user, post=self.post) for user in self.users(count)])

    def comments(self, count: int) -> None:
        rows = [Comment(post=self.post, author=self.ben, body="Hm.") for _ in range(count - 1)]
        Comment.objects.bulk_create(rows)

    def replies(self, count: int) -> None:
        Comment.objects.bulk_create(
            Comment(post=self.post, author=self.ben, body="Hm.", parent=self.comment)
            for _ in range(count)
        )

    def notifications(self, count: int) -> None:
        # What happens to one post is one entry.
        Notification.objects.bulk_create(
            Notification(user=self.ben, kind="moderated", actor=self.ana, action=each)
            for each in self.actions(count)
        )

    def edits(self, count: int) -> None:
        Revision.objects.bulk_create(
            Revision(post=self.post, version=number, title="E", book_author="J", body="B")
            for number in range(1, count + 1)
        )
        Post.objects.update(version=count + 1)

    def reports(self, count: int) -> None:
        Report.objects.bulk_create(
            Report(reporter=self.ben, person=user, target=f"person-{user.pk}", reason="spam")
            for user in self.users(count, "reported")
        )

    def actions(self, count: int) -> list[ModerationAction]:
        fields = {"verb": "warn", "reason": "spam", "target": f"person-{self.ben.pk}"}
        rows = [
            ModerationAction(moderator=self.ana, person=self.ben, **fields) for _ in range(count)
        ]
        return ModerationAction.objects.bulk_create(rows)

    def appeals(self, count: int) -> None:
        Appeal.objects.bulk_create(Appeal(action=each, text="No.") for each in self.actions(count))

    def books(self, count: int) -> None:
        ShelvedBook.objects.bulk_create(
            ShelvedBook(
                reader=self.ben,
                post=self.post,
                title=f"Book {number}",
                book_author="A",
                state="read",
                moved_at=timezone.now(),
            )
            for number in range(count)
        )


class Paginated(NamedTuple):
    """A view in pages: how to fill it, how many are on a page, and what is one of them."""

    view: str
    fill: Callable[[World, int], None]
    size: int
    one: str
    query: str = ""


PAGINATED = [
    Paginated("posts:list", World.posts, 20, POSTS),
    Paginated("posts:tag", World.posts, 20, POSTS),
    Paginated("posts:author", World.posts, 20, POSTS),
    Paginated("posts:key", World.posts, 20, POSTS),
    Paginated("posts:book", World.posts, 20, POSTS),
    Paginated("posts:following", World.posts, 20, POSTS),
    Paginated("posts:likes", World.likes, 100, '//ul[@class="likers"]/li'),
    Paginated("posts:detail", World.comments, 50, '//li[@class="comment"]'),
    Paginated("posts:replies", World.replies, 50, '//li[@class="comment comment--reply"]'),
    Paginated("posts:notifications", World.notifications, 30, '//ul[@class="notices"]/li'),
    Paginated("posts:history", World.edits, 20, '//p[@class="edit-title"]'),
    Paginated("moderation:queue", World.reports, 20, REPORTED),
    Paginated("moderation:actions", World.actions, 50, NOTICES),
    Paginated("moderation:standing", World.actions, 30, NOTICES),
    Paginated("moderation:appeals", World.appeals, 30, NOTICES),
    Paginated("posts:shelf", World.books, 12, BOOKS),
    Paginated("posts:shelf", World.books, 48, BOOKS, "?part=read"),
    Paginated("posts:public_shelf", World.books, 12, BOOKS),
    Paginated("posts:public_shelf", World.books, 48, BOOKS, "?part=read"),
]
NAMES = [f"{each.view}{each.query}" for each in PAGINATED]


@pytest.fixture
def world(ana, ben) -> World:
    return World(ana, ben)


def path_to(world: World, view: str) -> str:
    """Return the address of a view, of what there is in the world."""
    arguments = {
        "pk": world.post.pk,
        "comment_pk": world.comment.pk,
        "slug": "novel" if "tag" in view else world.post.slug,
        "username": "ben" if "shelf" in view else "ana",
        "key": world.post.book_key,
        "name": f"{'withdrawn' if 'withdrawn' in view else 'covers'}/{'0' * 32}-96.webp",
        "token": "x",
    }
    return path_of(view, {each: arguments[each] for each in VIEWS[view]})


def next_page(page: html.HtmlElement, path: str) -> str | None:
    """Return the address of the page that this one leads on to."""
    links = page.xpath('//a[@rel="next" or @rel="prev"][contains(@href, "before=")]/@href')
    assert len(links) < 2
    return urljoin(path, links[0]) if links else None


def pages(client: Client, path: str, one: str) -> list[list[str]]:
    """Return what is on each page, from the first on, as far as they lead."""
    found = []
    while path:
        response = client.get(path)
        assert response.status_code == 200
        page = html.fromstring(response.content.decode())
        found.append([html.tostring(each).decode() for each in page.xpath(one)])
        path = next_page(page, path)
    return found


@pytest.mark.parametrize("paginated", PAGINATED, ids=NAMES)
def test_exactly_one_page_offers_no_next_one(paginated, world, as_ben):
    paginated.fill(world, paginated.size)
    path = path_to(world, paginated.view) + paginated.query

    found = pages(as_ben, path, paginated.one)

    assert [len(page) for page in found] == [paginated.size]


@pytest.mark.parametrize("paginated", PAGINATED, ids=NAMES)
def test_one_more_is_on_a_next_page(paginated, world, as_ben):
    paginated.fill(world, paginated.size + 1)
    path = path_to(world, paginated.view) + paginated.query

    found = pages(as_ben, path, paginated.one)

    assert [len(page) for page in found] == [paginated.size, 1]


@pytest.mark.parametrize("paginated", PAGINATED, ids=NAMES)
def test_the_pages_hold_everything_once(paginated, world, as_ben):
    count = 2 * paginated.size
    paginated.fill(world, count)
    path = path_to(world, paginated.view) + paginated.query

    found = pages(as_ben, path, paginated.one)

    assert all(found)
    assert sum(map(len, found)) == count


def test_every_view_in_pages_is_walked(world, as_ben):
    for fill in {each.fill for each in PAGINATED}:
        fill(world, 120)

    found = set()
    for view in VIEWS:
        if view.startswith(("posts:", "moderation:")):
            response = as_ben.get(path_to(world, view))
            if b"before=" in response.content:
                found.add(view)

    assert found == {each.view for each in PAGINATED}
