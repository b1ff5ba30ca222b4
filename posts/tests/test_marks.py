"""What staff say of posts: the one on top of the front page, and the key posts."""

import pytest
from django.test import Client
from lxml import html

from accounts.factories import UserFactory
from bookshelf.live_objects import is_topic
from bookshelf.log import Change
from posts.factories import published
from posts.log import KEY_MARK, PIN_MARK
from posts.models import Post
from posts.tests.test_list import ids


@pytest.fixture
def as_staff(db):
    """Somebody of the staff, who has written nothing."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def emma(ana):
    return published(author=ana, title="Emma")[0]


@pytest.fixture
def persuasion(ana):
    return published(author=ana, title="Persuasion")[0]


def on_top(client) -> str:
    page = html.fromstring(client.get("/").content.decode())
    return page.xpath("string(//*[@id='pinned']//h2)").strip()


def kinds() -> list[str]:
    return list(Change.objects.order_by("seq").values_list("kind", flat=True))


def test_a_pinned_post_stands_on_top_marked_and_in_its_own_place(emma, persuasion, client):
    emma.pin()

    page = client.get("/")
    assert on_top(client) == "Emma"
    assert (
        "Pinned"
        in html.fromstring(page.content.decode()).get_element_by_id("pinned").text_content()
    )
    assert ids(page) == [persuasion.pk, emma.pk]
    all_ids = html.fromstring(page.content.decode()).xpath("//@id")
    assert len(all_ids) == len(set(all_ids))


def test_it_is_on_the_first_page_of_the_front_only(emma, persuasion, client):
    emma.pin()

    for path in (f"/?before={persuasion.pk}", "/readers/ana/", "/key/"):
        assert 'id="pinned"' not in client.get(path).content.decode(), path


def test_only_the_last_pin_counts_and_unpinning_brings_none_back(emma, persuasion, client):
    emma.pin()
    persuasion.pin()
    assert on_top(client) == "Persuasion"
    assert emma.unpin() is None

    persuasion.unpin()
    assert on_top(client) == ""


def test_a_pinned_post_that_is_removed_leaves_the_top_until_it_is_put_back(
    emma, persuasion, client
):
    persuasion.pin()
    emma.pin()

    emma.remove()
    assert on_top(client) == ""
    emma.restore()
    assert on_top(client) == "Emma"


def test_repeating_changes_nothing(emma):
    assert [bool(change) for change in (emma.pin(), emma.pin())] == [True, False]
    assert [bool(change) for change in (emma.unpin(), emma.unpin())] == [True, False]
    assert [bool(emma.mark(key=key)) for key in (False, True, True, False)] == [0, 1, 0, 1]
    assert kinds()[1:] == ["post_pinned", "post_unpinned", "post_marked", "post_unmarked"]


@pytest.mark.parametrize("verb", [Post.pin, Post.unpin, lambda post: post.mark(key=True)])
def test_a_removed_post_is_not_marked(emma, verb):
    emma.remove()

    with pytest.raises(Post.Gone):
        verb(emma)


def test_every_change_of_a_post_names_its_marks_as_they_are_stored(ana):
    post, _ = published(author=ana, tags=("novel",))
    stale = Post.objects.get(pk=post.pk)
    post.pin()
    post.mark(key=True)

    for change in (stale.revise(("essay",)), stale.remove(), stale.restore()):
        assert {KEY_MARK, PIN_MARK} < set(change.tags_before)
        assert change.tags_after == sorted([KEY_MARK, PIN_MARK, "essay"])
    stored = Post.objects.get()
    assert stored.is_key and stored.pinned_at


def test_no_tag_can_pass_for_a_mark(ana):
    _, change = published(author=ana, tags=(KEY_MARK, PIN_MARK))

    assert change.tags_after == ["key", "pin"]
    assert not is_topic("key-1") and is_topic("key")


def test_key_posts_have_a_mark_and_a_page_of_their_own(emma, persuasion, client):
    emma.mark(key=True)

    page = client.get("/key/")
    assert ids(page) == [emma.pk]
    assert "?topic=key&amp;topic=cards" in page.content.decode()
    for path in ("/", emma.get_absolute_url()):
        marks = html.fromstring(client.get(path).content.decode()).find_class("key-mark")
        assert len(marks) == 1, path
    emma.remove()
    assert "No key posts yet" in client.get("/key/").content.decode()


def test_staff_pin_and_mark_from_the_posts_page(emma, as_staff, client):
    path = emma.get_absolute_url()
    for name, there in (("pinned", "Unpin"), ("key", "Unmark as key post")):
        for _ in range(2):
            page = html.fromstring(as_staff.get(path).content.decode())
            (button,) = page.xpath(f"//button[@name='{name}']")
            action = button.xpath("string(../@action)")
            response = as_staff.post(action, {name: button.get("value")})
            assert response["Location"] == path
            page = as_staff.get(path).content.decode()
            assert (there in page) == (button.get("value") == "1")
    assert kinds()[1:] == ["post_pinned", "post_unpinned", "post_marked", "post_unmarked"]


@pytest.mark.parametrize("what", ["pinned", "key"])
def test_nobody_else_may(emma, as_ana, as_ben, as_staff, client, what):
    action = f"/{what}/posts/{emma.pk}/"

    assert as_ana.post(action, {what: "1"}).status_code == 404
    assert as_ben.post(action, {what: "1"}).status_code == 404
    assert "/accounts/login/" in client.post(action, {what: "1"})["Location"]
    assert action not in as_ana.get(emma.get_absolute_url()).content.decode()
    assert as_staff.get(action).status_code == 405
    assert as_staff.post(f"/{what}/posts/999/").status_code == 404
    assert kinds() == ["post_created"]


@pytest.mark.parametrize("what", ["pinned", "key"])
def test_marking_what_is_removed_meanwhile_leads_to_where_that_is_said(emma, as_staff, what):
    emma.remove()

    response = as_staff.post(f"/{what}/posts/{emma.pk}/", {what: "1"}, follow=True)

    assert response.status_code == 410
    assert kinds() == ["post_created", "post_removed"]


def test_staff_pin_and_mark_in_the_admin(emma, persuasion, as_staff):
    def do(action: str) -> None:
        chosen = [emma.pk, persuasion.pk]
        as_staff.post("/admin/posts/post/", {"action": action, "_selected_action": chosen})

    do("mark_as_key")
    assert Post.objects.key_posts().count() == 2
    do("take_key_mark_away")
    assert Post.objects.key_posts().count() == 0
    do("pin")
    assert Post.objects.pinned() == persuasion
    do("unpin")
    assert Post.objects.pinned() is None


@pytest.mark.only_on("sqlite")
def test_pins_and_key_posts_are_found_by_their_indexes(db):
    pins = Post.objects.filter(pinned_at__isnull=False).order_by("-pinned_at")
    keys = Post.objects.key_posts().visible().newest_first()

    assert "post_pinned" in pins.explain()
    assert "post_key" in keys.explain()
