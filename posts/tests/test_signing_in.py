"""What is sent without being signed in is kept, and in its form again afterwards."""

import pytest
from django.test import Client

from posts.factories import commented, published

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "tags": "novel"}


def sign_in(client: Client, user) -> None:
    """Sign in as allauth does: the session goes on under a new key."""
    user.set_password("a very quiet room")
    user.save()
    fields = {"login": user.username, "password": "a very quiet room"}
    assert client.post("/accounts/login/", fields).status_code == 302


def test_a_guests_comment_is_in_the_form_after_signing_in(client, ana, ben):
    post, _ = published(author=ana)
    answer = client.post(
        f"/posts/{post.pk}/comments/",
        {"body": "A guest has thoughts."},
        headers={"Referer": f"http://testserver{post.get_absolute_url()}"},
    )
    assert answer["Location"] == f"/accounts/login/?next={post.get_absolute_url()}"

    sign_in(client, ben)

    assert "A guest has thoughts." in client.get(post.get_absolute_url()).content.decode()
    # Once: the next visit is a new one.
    assert "A guest has thoughts." not in client.get(post.get_absolute_url()).content.decode()


def test_a_reply_is_kept_with_what_it_replies_to(client, ben):
    post, _ = published()
    comment = commented(post)
    path = f"/posts/{post.pk}/comments/"
    client.post(path, {"body": "I disagree.", "parent": comment.pk})

    sign_in(client, ben)
    page = client.get(post.get_absolute_url()).content.decode()

    assert "I disagree." in page
    assert f'name="parent" value="{comment.pk}"' in page


def test_a_post_survives_the_end_of_the_session(client, ana):
    client.post("/posts/new/", EMMA)

    sign_in(client, ana)
    page = client.get("/posts/new/").content.decode()

    for value in EMMA.values():
        assert value in page


def test_an_edit_survives_the_end_of_the_session(client, ana):
    post, _ = published(author=ana, tags=("essay",))
    client.post(f"/posts/{post.pk}/edit/", EMMA | {"version": "1"})

    sign_in(client, ana)
    page = client.get(f"/posts/{post.pk}/edit/").content.decode()

    for value in EMMA.values():
        assert value in page
    assert "essay" not in page


def test_a_text_is_kept_for_its_own_form_only(client, ana):
    post, _ = published(author=ana)
    client.post(f"/posts/{post.pk}/comments/", {"body": "About one."})

    sign_in(client, ana)
    other, _ = published(author=ana)

    assert "About one." not in client.get(other.get_absolute_url()).content.decode()
    assert "About one." not in client.get("/posts/new/").content.decode()


def test_a_flood_of_text_is_not_kept(client, ana):
    published(author=ana)
    client.post("/posts/new/", EMMA | {"body": "x" * 70_000})

    assert "kept" not in client.session


@pytest.mark.parametrize("path", ["/posts/new/", "/posts/1/comments/", "/posts/1/like/"])
def test_a_guest_needs_no_token_to_be_asked_to_sign_in(db, path):
    strict = Client(enforce_csrf_checks=True)

    assert "/accounts/login/" in strict.post(path, {"body": "x"})["Location"]
