"""Editing at once, taking back, and what remains of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.factories import UserFactory
from posts.factories import published
from posts.history import MOST_WORDS, compare
from posts.models import Post

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "tags": ""}


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana, title="Persuasion", body="Half agony, half hope.")[0]


@pytest.fixture
def as_staff(db):
    """Somebody who may edit and remove any post."""
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


def edit(client, post, **fields):
    return client.post(f"/posts/{post.pk}/edit/", EMMA | fields)


def test_an_address_keeps_its_words_when_the_title_changes(post, as_ana, client):
    before = post.get_absolute_url()
    edit(as_ana, post)

    assert before == f"/posts/{post.pk}/persuasion/"
    assert client.get(before).status_code == 200


@pytest.mark.parametrize("words", ["", "emma/", "persuasion-and-more/", "%E6%9C%AC/"])
def test_an_address_with_other_words_leads_to_the_post(post, client, words):
    response = client.get(f"/posts/{post.pk}/{words}")

    assert (response.status_code, response["Location"]) == (301, post.get_absolute_url())


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("!!!", "book"),
        ("History", "book-history"),
        ("EDIT!", "book-edit"),
        ("本の話", "本の話"),
        ("x" * 200, "x" * 60),
    ],
)
def test_every_title_makes_an_address(ana, client, title, slug):
    post, _ = published(author=ana, title=title)

    assert post.slug == slug
    assert client.get(post.get_absolute_url()).status_code == 200


def test_the_second_of_two_editors_gets_both_versions_and_overwrites_nothing(
    post, as_ana, as_staff
):
    edit(as_ana, post, version="1", body="The first to save.")

    response = edit(as_staff, post, version="1", body="The second to save.")

    text = response.content.decode()
    assert response.status_code == 409
    assert "The first to save." in text
    assert "The second to save." in text
    assert Post.objects.get().body == "The first to save."


def test_having_seen_both_versions_one_may_save(post, as_ana, as_staff):
    edit(as_ana, post, version="1", body="The first to save.")
    text = edit(as_staff, post, version="1", body="The second to save.").content.decode()
    assert 'name="version" value="2"' in text

    assert edit(as_staff, post, version="2", body="Both.").status_code == 302
    assert Post.objects.get().body == "Both."


def test_an_edit_of_a_post_that_was_removed_meanwhile_is_not_taken(post):
    mine = Post.objects.get()
    post.remove()

    with pytest.raises(Post.Conflict):
        mine.revise()


def test_staff_edit_and_remove_any_post(post, as_staff):
    assert edit(as_staff, post).status_code == 302
    as_staff.post(f"/posts/{post.pk}/delete/")

    assert Post.objects.get().title == "Emma"
    assert not Post.objects.visible().exists()


def test_the_history_shows_what_each_edit_took_out_and_put_in(post, as_ana, client):
    edit(as_ana, post, title="Persuasion", body="Half agony, half joy.")

    text = client.get(f"/posts/{post.pk}/history/").content.decode()
    assert "<del>hope.</del>" in text
    assert "<ins>joy.</ins>" in text


def test_the_history_keeps_spoilers_hidden(post, as_ana, client):
    edit(as_ana, post, body="They ||marry|| in the end.")
    edit(as_ana, post, body="They ||do marry|| at last.")

    assert "marry" not in client.get(f"/posts/{post.pk}/history/").content.decode()


def test_the_history_of_a_removed_post_is_gone(post, client):
    post.remove()

    assert client.get(f"/posts/{post.pk}/history/").status_code == 404


def test_what_an_edit_kept_took_and_gave_makes_both_texts():
    before, after = "One two  three\nfour", "One 2  three\nfive four"
    pieces = compare(before, after)

    assert "".join(piece.text for piece in pieces if piece.what != "in") == before
    assert "".join(piece.text for piece in pieces if piece.what != "out") == after


def test_long_texts_are_compared_as_a_whole():
    pieces = compare("a " * MOST_WORDS, "b " * MOST_WORDS)

    assert [piece.what for piece in pieces] == ["out", "in"]


def test_a_removal_is_offered_to_be_undone_and_can_be(post, as_ana):
    response = as_ana.post(f"/posts/{post.pk}/delete/", follow=True)
    assert f"/posts/{post.pk}/restore/" in response.content.decode()

    response = as_ana.post(f"/posts/{post.pk}/restore/")

    assert response["Location"] == post.get_absolute_url()
    assert Post.objects.visible().get() == post


def test_nobody_else_is_offered_to_undo_a_removal_or_can(post, as_ana, as_ben, client):
    as_ana.post(f"/posts/{post.pk}/delete/")

    for other in (as_ben, client):
        assert "/restore/" not in other.get("/", {"removed": post.pk}).content.decode()
        assert "/restore/" not in other.get(post.get_absolute_url()).content.decode()
        other.post(f"/posts/{post.pk}/restore/")
    assert not Post.objects.visible().exists()


def test_after_ten_minutes_a_removal_is_final(post, as_ana):
    post.remove()
    Post.objects.update(removed_at=timezone.now() - timedelta(minutes=11))

    response = as_ana.post(f"/posts/{post.pk}/restore/", follow=True)

    assert "Too late" in response.content.decode()
    assert not Post.objects.visible().exists()


@pytest.mark.parametrize("removed", ["x", "٣", "9" * 30, "-1"])
def test_an_odd_id_of_a_removed_post_does_no_harm(as_ana, removed):
    assert as_ana.get("/", {"removed": removed}).status_code == 200
