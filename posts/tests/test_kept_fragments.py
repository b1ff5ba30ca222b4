"""Pages are the same, byte for byte, with what is kept and without, for whoever looks at them."""

from datetime import timedelta
from decimal import Decimal
from sys import getsizeof

import pytest
from django.contrib.auth.models import Group
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.safestring import mark_safe

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.bounded_store import BoundedStore
from bookshelf.counters import COUNTERS
from posts.factories import commented, published
from posts.models import Comment, Follow, Post, ShelvedBook, Tag
from posts.pages.kept_fragments import (
    FRAGMENTS,
    HOLE,
    comment_state,
    post_state,
    size_of,
)
from posts.templatetags import kept
from posts.tests.drawn import without_own

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty() -> None:
    FRAGMENTS.clear()


@pytest.fixture
def post(ana, ben) -> Post:
    """A post with everything that a card may show, among others."""
    for number in range(3):
        published(author=ben, title=f"Other {number}", tags=("novel",))
    post, _ = published(
        author=ana,
        title="Emma",
        tags=("novel", "regency"),
        rating=Decimal("4.5"),
        body="So *good*.",
    )
    first = commented(post, "First.", author=ben)
    for number in range(3):
        commented(post, f"Reply {number}.", author=ana, parent=first)
    commented(post, "Second.", author=ana)
    return post


@pytest.fixture
def viewers(post, ana, ben) -> dict[str, Client]:
    """Six who see the same pages differently."""
    liker, shelver, mod = (UserFactory(username=name) for name in ("liker", "shelver", "mod"))
    mod.groups.add(Group.objects.get(name="Moderators"))
    post.like(liker, True)
    post.comments.first().like(liker, True)
    ShelvedBook.objects.put(shelver, post, "reading")
    clients = {"guest": Client()}
    for user in (ana, ben, liker, shelver, mod):
        clients[user.username] = Client()
        clients[user.username].force_login(user)
    return clients


def paths(post: Post) -> list[str]:
    return ["/", "/tags/novel/", "/readers/ana/", "/search/?q=emma", post.get_absolute_url()]


def body(client: Client, path: str) -> str:
    text = without_own(client.get(path).content)
    assert HOLE not in text
    return text


def drawn_with_all_of_the_page(template, context, fragments):
    """Take the place of `drawn`: keep nothing, and leave nothing of the page's context out."""
    texts = (render_to_string(template, context.flatten() | values()) for _, values in fragments)
    return mark_safe("".join(texts))


def test_no_viewer_is_shown_what_was_drawn_for_another(post, viewers, monkeypatch):
    alone = {}
    with monkeypatch.context() as patch:
        patch.setattr(kept, "drawn", drawn_with_all_of_the_page)
        for name, client in viewers.items():
            for path in paths(post):
                alone[name, path] = body(client, path)
    drawn = COUNTERS.fragments_drawn
    for _ in range(2):
        for name, client in viewers.items():
            for path in paths(post):
                assert body(client, path) == alone[name, path], f"{path} for {name}"

    assert len(set(alone.values())) >= 25
    # Of 6 viewers and 4 posts; most see the same.
    assert COUNTERS.fragments_drawn - drawn < 40


def test_the_token_in_a_form_is_the_requests_own(post, viewers):
    client = viewers["liker"]
    page = client.get("/").content.decode()
    other = viewers["ben"].get("/").content.decode()

    token = client.cookies["csrftoken"].value
    assert token != viewers["ben"].cookies["csrftoken"].value
    assert page.count("csrfmiddlewaretoken") >= 8
    checking = Client(enforce_csrf_checks=True)
    checking.cookies = client.cookies
    value = page.split('csrfmiddlewaretoken" value="')[2].split('"')[0]
    assert value not in other
    answer = checking.post(f"/posts/{post.pk}/like/", {"liked": "0", "csrfmiddlewaretoken": value})
    assert answer.status_code in (200, 302)


CHANGES = {
    "another title": lambda post: Post.objects.filter(pk=post.pk).update(title="Emma!"),
    "a like": lambda post: post.like(UserFactory(), True),
    "a comment": lambda post: commented(post, author=UserFactory()),
    "a tag's name": lambda post: Tag.objects.filter(slug="novel").update(name="Novels"),
    "a name": lambda post: User.objects.filter(pk=post.author_id).update(name="Ana O."),
    "a picture": lambda post: User.objects.filter(pk=post.author_id).update(avatar="a" * 32),
    "everything removed": lambda post: User.objects.filter(pk=post.author_id).update(
        purged_at=timezone.now()
    ),
    "a user name": lambda post: User.objects.filter(pk=post.author_id).update(username="ana_o"),
    "a key post": lambda post: Post.objects.filter(pk=post.pk).update(is_key=True),
    "an edit": lambda post: Post.objects.filter(pk=post.pk).update(
        edited_at=timezone.now() + timedelta(minutes=5)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_alone_what_shows_it_is_drawn(post, client, change):
    before, path = body(client, "/tags/novel/"), "/tags/novel/"
    CHANGES[change](post)
    drawn = COUNTERS.fragments_drawn

    after = body(client, path)

    FRAGMENTS.clear()
    assert after == body(client, path) != before
    # A card and the text in it; of a count the card around it alone. And all four from nothing.
    alone = {"a tag's name": 8, "a like": 1, "a comment": 1}.get(change, 2)
    assert COUNTERS.fragments_drawn - drawn == alone + 8


@pytest.mark.parametrize("field", [f.attname for f in User._meta.concrete_fields])
def test_no_field_of_an_author_is_shown_that_a_fragment_is_not_kept_by(post, field):
    """Whatever a template shows of people has to be part of the state."""
    post = Post.objects.with_details().get(pk=post.pk)
    comment = Comment.objects.with_details().filter(post=post, parent=None).first()
    template = Template(
        '{% include "posts/_post.html" %}{% include "posts/_comment.html" with comment=comment %}'
    )

    def seen() -> tuple:
        text = template.render(Context({"post": post, "comment": comment}))
        return text, (post_state(post), comment_state(comment))

    before = seen()
    for user in (post.author, comment.author):
        value = getattr(user, field)
        other = {
            bool: lambda value: not value,
            int: lambda value: value + 1,
            str: lambda value: f"{value}x",
        }.get(type(value), lambda value: timezone.now())
        setattr(user, field, other(value))
    after = seen()

    assert before[0] == after[0] or before[1] != after[1]


def test_the_store_is_bounded_and_drops_what_was_not_used_for_longest():
    one = size_of("text")
    store = BoundedStore(10 * one, size_of)
    for number in range(20):
        store.put(number, "text")
        store.get(0)

    assert len(store) == 10
    assert store.size == 10 * one
    assert store.get(0) == "text"
    assert store.get(1) is None
    assert store.get(19) == "text"
    store.put(19, "another text")
    assert store.size == sum(map(size_of, store._values.values()))
    store.drop(19)
    assert store.size == sum(map(size_of, store._values.values())) == 8 * one


def test_of_many_states_no_more_than_the_bound_is_kept(post, client, monkeypatch):
    most = 60_000
    monkeypatch.setattr(FRAGMENTS, "_most", most)
    # What is long, and no text of the card, takes no memory either.
    Post.objects.filter(pk=post.pk).update(body="★ A long review. " * 1000)
    for number in range(12):
        Post.objects.filter(pk=post.pk).update(likes_count=number)
        client.get("/tags/novel/")

    assert len(FRAGMENTS) > 3
    taken = sum(getsizeof(key) + getsizeof(text) for key, text in FRAGMENTS._values.items())
    assert taken <= FRAGMENTS.size <= most


def test_who_is_followed_changes_no_card(post, viewers, ana, ben):
    body(viewers["ben"], "/")
    drawn = COUNTERS.fragments_drawn
    Follow.objects.get_or_create(follower=ben, author=ana)

    body(viewers["ben"], "/")

    assert COUNTERS.fragments_drawn == drawn
