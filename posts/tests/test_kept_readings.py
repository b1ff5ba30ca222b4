"""What pages read is kept while it is what the database has; nobody sees more, or less, by that."""

from sys import getsizeof

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.counters import COUNTERS
from bookshelf.site_pages.page import SitePage
from posts.factories import commented, published
from posts.models import Cover, Notification, Post, Shelf, ShelvedBook, Tag
from posts.pages.kept_fragments import FRAGMENTS, HOLE
from posts.pages.kept_readings import READINGS
from posts.tests.drawn import without_own

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty() -> None:
    READINGS.clear()
    FRAGMENTS.clear()


@pytest.fixture
def post() -> Post:
    """A post in a room with a conversation, the newest of some that are on every list."""
    Group.objects.get_or_create(name="Moderators")
    ana, ben = (UserFactory(username=name, name=name.title()) for name in ("ana", "ben"))
    for number in range(22):
        published(author=ben, title=f"Other {number}", tags=("novel",))
    Post.objects.update(is_key=True)
    post, _ = published(author=ana, title="Emma", book_author="Jane Austen", tags=("novel",))
    published(author=ben, title="Emma", book_author="Jane Austen", tags=("novel",))
    Cover.objects.create(post=post, owner=ana, widths=[80], width=80, height=120)
    first = commented(post, "First.", author=ben)
    commented(post, "Reply.", author=ana, parent=first)
    commented(post, "Second.", author=ana)
    return post


@pytest.fixture
def viewers(post) -> dict[str, Client]:
    """Six who see the same pages differently."""
    people = {user.username: user for user in User.objects.all()}
    for name in ("liker", "shelver", "moderator"):
        people[name] = UserFactory(username=name)
    post.like(people["liker"], True)
    post.comments.first().like(people["liker"], True)
    ShelvedBook.objects.put(people["shelver"], post, "reading")
    User.objects.filter(username="moderator").update(is_superuser=True)
    clients = {"guest": Client()}
    for name, user in people.items():
        clients[name] = Client()
        clients[name].force_login(user)
    return clients


def paths(post: Post) -> list[str]:
    older = Post.objects.order_by("-pk")[3].pk
    return [
        "/", f"/?before={older}", "/tags/novel/", f"/tags/novel/?before={older}",
        "/readers/ana/", "/key/", f"/books/{post.book_key}/", "/search/?q=emma",
        post.get_absolute_url(), "/feed/", "/tags/novel/feed/", "/readers/ana/feed/",
    ]  # fmt: skip


def body(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    text = without_own(response.content)
    assert HOLE not in text
    return text


def test_no_viewer_is_shown_what_another_one_has_done(post, viewers):
    alone = {}
    for path in paths(post):
        for name, client in viewers.items():
            empty_all()
            alone[name, path] = body(client, path)
    reused = COUNTERS.readings_reused
    for _ in range(2):
        for name, client in viewers.items():
            for path in paths(post):
                assert body(client, path) == alone[name, path], f"{path} for {name}"

    # Eight of these pages are kept, and every viewer but the first one gets what was read before.
    assert COUNTERS.readings_reused - reused >= 2 * 8 * (len(viewers) - 1)
    assert len(set(alone.values())) > 4 * len(viewers)


def empty_all() -> None:
    READINGS.clear()
    FRAGMENTS.clear()


CHANGES = {
    "another post": lambda post: published(title="New", tags=("novel",), author=post.author),
    "an edit": lambda post: post.revise({"title": "Emma!"}, editor=post.author),
    "a removal": lambda post: Post.objects.exclude(pk=post.pk).first().remove(),
    "a like": lambda post: post.like(UserFactory(), True),
    "a comment": lambda post: commented(post, "Third.", author=UserFactory(username="cem")),
    "a comment that goes": lambda post: post.comments.last().remove(),
    "a like of a comment": lambda post: post.comments.first().like(UserFactory(), True),
    "a key post": lambda post: post.mark(key=True),
    "a pin": lambda post: post.pin(),
    # These are not in the log.
    "a tag's name in the database": lambda post: Tag.objects.update(name="Novels"),
    "a name": lambda post: User.objects.filter(pk=post.author_id).update(name="Ana O."),
    "a picture": lambda post: User.objects.filter(pk=post.author_id).update(avatar="a" * 32),
    "words about oneself": lambda post: User.objects.filter(pk=post.author_id).update(about="I."),
    "one who left": lambda post: User.objects.filter(pk=post.author_id).update(
        left_at=timezone.now()
    ),
    "a cover that is withdrawn": lambda post: Cover.objects.update(is_withdrawn=True),
    "a reading list": lambda post: Shelf.objects.show(post.author, True),
    "a page of the site": lambda post: SitePage.objects.get_or_create(name="about", title="About")[
        0
    ].write("We read."),
}


def test_what_is_committed_before_a_request_is_on_its_page(post, viewers):
    client = viewers["ben"]
    for name, change in CHANGES.items():
        before = {path: body(client, path) for path in paths(post)}
        change(post)
        after = {path: shown(client, path) for path in before}

        assert before != after, name
        for path, text in after.items():
            empty_all()
            assert text == shown(client, path), f"{path} after {name}"


def shown(client: Client, path: str) -> str:
    """Return the page that an address leads to: that of a post has its title in it."""
    return without_own(client.get(path, follow=True).content)


def test_a_second_viewer_costs_few_queries(post, viewers):
    """Session, user, cursor, people, tags, and what the viewer has done; tag and author by name."""
    most = {"/": 7, "/tags/novel/": 8, "/readers/ana/": 8, "/key/": 7, post.get_absolute_url(): 9}
    for path, number in most.items():
        body(viewers["liker"], path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            body(viewers["shelver"], path)
        assert len(queries) <= number, (path, [query["sql"] for query in queries])


def test_of_what_has_happened_no_page_reads_what_another_one_has_read(post, viewers):
    for path in ("/", "/key/", post.get_absolute_url()):
        body(viewers["guest"], path)
    Post.objects.key_posts().earliest("pk").like(User.objects.get(username="ben"), True)
    body(viewers["guest"], "/")

    with CaptureQueriesContext(connection) as queries:
        body(viewers["guest"], "/key/")
        body(viewers["guest"], post.get_absolute_url())

    # Where the log is, and whether people, tags and covers are the same: nothing else.
    assert len(queries) == 4, [query["sql"] for query in queries]


@pytest.mark.parametrize("path", ["/", "/tags/novel/", "/key/", "room"])
def test_after_one_change_one_fragment_is_drawn_anew(post, viewers, path):
    path = post.get_absolute_url() if path == "room" else path
    other = Post.objects.key_posts().order_by("-pk").first()
    body(viewers["liker"], path)
    drawn = COUNTERS.fragments_drawn
    if path == post.get_absolute_url():
        post.comments.last().revise("Secondly.", editor=post.comments.last().author)
    else:
        other.like(User.objects.get(username="ben"), True)

    body(viewers["liker"], path)

    assert COUNTERS.fragments_drawn - drawn == 1


def test_in_a_transaction_nothing_is_kept_and_what_is_kept_is_not_used(post, viewers):
    class Undone(Exception):
        pass

    client = viewers["ben"]
    before = body(client, "/")
    with pytest.raises(Undone), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(title="Not yet")
        assert "Not yet" in body(client, "/")
        READINGS.clear()
        assert "Not yet" in body(client, "/")
        assert len(READINGS) == 0
        raise Undone

    assert body(client, "/") == before


def test_readings_are_bounded_by_what_they_take(post, viewers, monkeypatch):
    monkeypatch.setattr(READINGS, "_most", 400_000)
    Post.objects.update(body="★ A long review. " * 100)
    for each in Post.objects.order_by("-pk")[:12]:
        body(viewers["guest"], f"/?before={each.pk}")
        body(viewers["guest"], each.get_absolute_url())

    kept = READINGS._values.values()
    assert 2 < len(kept) < 20
    assert READINGS.size == sum(reading.size for reading in kept) <= 400_000
    for reading in kept:
        assert memory_of(reading.value) <= reading.size


def test_what_does_not_exist_takes_no_more_than_the_bound_either(client, monkeypatch):
    monkeypatch.setattr(READINGS, "_most", 100_000)
    for number in range(100):
        assert client.get(f"/posts/{number + 1_000}/x/").status_code == 404
        assert client.get(f"/?before={number + 1}").status_code == 200

    assert 0 < len(READINGS) < 15


def test_what_readers_have_read_of_their_notifications_touches_no_page(post, viewers):
    body(viewers["liker"], "/")
    reused = COUNTERS.readings_reused
    ana = User.objects.get(username="ana")
    assert Notification.objects.of(ana.pk).mark_read(ana)
    body(viewers["liker"], "/")

    assert COUNTERS.readings_reused == reused + 1


def memory_of(value: object, seen: set[int] | None = None) -> int:
    """Return the bytes of a value with all that only it holds."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, type) or callable(value):
        return 0
    seen.add(id(value))
    inside: list[object] = []
    if isinstance(value, dict):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inside = list(value)
    elif not isinstance(value, str | bytes):
        inside = [getattr(value, name, None) for name in getattr(value, "__slots__", ())]
        inside.append(getattr(value, "__dict__", None))
    return getsizeof(value) + sum(memory_of(each, seen) for each in inside)


OTHER = {
    bool: lambda value: not value,
    int: lambda value: value + 1,
    str: lambda value: f"{value}x",
    list: lambda value: [*value, "liked"],
}


def test_every_field_of_a_person_that_a_page_shows_is_compared(post, viewers):
    """What is kept is valid while what it shows of people is; not every change is in the log."""
    people = User.objects.filter(pk=post.author_id)
    where = ["/", "/readers/ana/", post.get_absolute_url(), "/readers/anax/"]
    client = viewers["liker"]
    seen = set()
    for field in User._meta.concrete_fields:
        if field.primary_key:
            continue
        before = [shown(client, path) for path in where]
        value = people.values_list(field.attname, flat=True)[0]
        other = OTHER.get(type(value), lambda value: timezone.now())(value)
        people.update(**{field.attname: other})
        after = [shown(client, path) for path in where]
        empty_all()
        assert after == [shown(client, path) for path in where], field.name
        people.update(**{field.attname: value})
        if after != before:
            seen.add(field.name)

    assert seen >= {"username", "name", "avatar", "about", "left_at", "purged_at"}
