"""A post's own page; editing and removing."""

from decimal import Decimal

import pytest
from lxml import html

from bookshelf.log import Change
from posts.factories import published
from posts.models import Post

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "tags": ""}


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana, tags=("novel",))[0]


def test_anybody_reads_a_post(post, client):
    response = client.get(post.get_absolute_url())

    assert response.status_code == 200
    assert post.title in response.content.decode()
    assert f"topic=post-{post.pk}" in response.content.decode()


@pytest.mark.parametrize("path", ["/posts/7/", "/posts/7/emma/", "/posts/99999999999999999999999/"])
def test_a_post_that_never_was_is_not_found(db, client, path):
    assert client.get(path).status_code == 404


def test_a_removed_post_is_gone(post, client):
    post.remove()

    response = client.get(post.get_absolute_url())

    assert response.status_code == 410
    assert post.body not in response.content.decode()


def test_only_its_author_is_offered_to_change_a_post(post, as_ana, as_ben, client):
    path, edit = post.get_absolute_url(), f"/posts/{post.pk}/edit/"

    assert edit in as_ana.get(path).content.decode()
    assert edit not in as_ben.get(path).content.decode()
    assert edit not in client.get(path).content.decode()


def test_an_author_edits_a_post(post, as_ana):
    form = as_ana.get(f"/posts/{post.pk}/edit/").content.decode()
    response = as_ana.post(f"/posts/{post.pk}/edit/", EMMA)

    post.refresh_from_db()
    assert 'value="novel"' in form
    assert response["Location"] == post.get_absolute_url()
    assert (post.title, post.tags.count()) == ("Emma", 0)
    assert "edited" in as_ana.get("/").content.decode()


@pytest.mark.parametrize("rating", ["", "4", "4.5"])
def test_an_edit_of_something_else_keeps_the_rating(as_ana, ana, rating):
    post, _ = published(author=ana, rating=Decimal(rating) if rating else None)
    form = html.fromstring(as_ana.get(f"/posts/{post.pk}/edit/").content.decode())
    fields = dict(form.get_element_by_id("post-form").form_values())
    # lxml reads an empty value of a radio button as "on"; browsers do not.
    fields["rating"] = fields["rating"].replace("on", "")
    as_ana.post(f"/posts/{post.pk}/edit/", fields | {"body": "Something else."})

    before, after = post.rating, Post.objects.get().rating
    assert (before, Post.objects.get().body) == (after, "Something else.")


def test_a_bad_edit_changes_nothing_and_keeps_the_text(post, as_ana):
    response = as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"title": ""})

    assert response.status_code == 422
    assert EMMA["body"] in response.content.decode()
    assert Post.objects.get().title == post.title


def test_an_author_removes_a_post(post, as_ana):
    response = as_ana.post(f"/posts/{post.pk}/delete/")

    assert response.status_code == 302
    assert not Post.objects.visible().exists()


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_another_user_can_neither_edit_nor_remove(post, as_ben, verb):
    assert as_ben.post(f"/posts/{post.pk}/{verb}/", EMMA).status_code == 404
    assert Post.objects.visible().get().title == post.title


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_a_guest_is_asked_to_sign_in(post, client, verb):
    assert "/accounts/login/" in client.post(f"/posts/{post.pk}/{verb}/", EMMA)["Location"]


def test_removing_takes_a_post_request(post, as_ana):
    assert as_ana.get(f"/posts/{post.pk}/delete/").status_code == 405
    assert Post.objects.visible().exists()


def test_removing_twice_removes_once_and_leads_to_the_same_place(post, as_ana):
    answers = [as_ana.post(f"/posts/{post.pk}/delete/") for _ in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert Change.objects.filter(kind="post_removed").count() == 1


def test_text_typed_for_a_post_that_was_removed_meanwhile_is_kept(post, as_ana):
    as_ana.post(f"/posts/{post.pk}/delete/")

    response = as_ana.post(f"/posts/{post.pk}/edit/", EMMA)

    assert response.status_code == 409
    assert EMMA["body"] in response.content.decode()
    assert "removed while you were writing" in response.content.decode()
    assert as_ana.get(f"/posts/{post.pk}/edit/").status_code == 302
