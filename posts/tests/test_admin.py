"""What is done in the admin goes the way of every change."""

import pytest
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.log import Change
from posts.factories import published
from posts.models import Post

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "Clever.", "rating": ""}


@pytest.fixture
def as_admin(db):
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def kinds() -> list[str]:
    return list(Change.objects.order_by("seq").values_list("kind", flat=True))


def test_a_post_is_made_edited_and_removed_through_the_log(as_admin, ana):
    as_admin.post("/admin/posts/post/add/", EMMA | {"author": ana.pk})
    post = Post.objects.get()
    as_admin.post(f"/admin/posts/post/{post.pk}/change/", EMMA | {"title": "Emma, edited"})
    as_admin.post(f"/admin/posts/post/{post.pk}/delete/", {"post": "yes"})

    assert kinds() == ["post_created", "post_edited", "post_removed"]
    assert Post.objects.get().title == "Emma, edited"


def test_many_are_removed_and_put_back_through_the_log(as_admin, ana):
    posts = [published(author=ana)[0].pk for _ in range(2)]
    chosen = {"_selected_action": posts}
    as_admin.post("/admin/posts/post/", chosen | {"action": "delete_selected", "post": "yes"})
    assert not Post.objects.visible().exists()

    as_admin.post("/admin/posts/post/", chosen | {"action": "put_back"})
    assert Post.objects.visible().count() == 2
    assert kinds()[2:] == ["post_removed"] * 2 + ["post_restored"] * 2
