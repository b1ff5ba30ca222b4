"""Likes: a wanted state, counted exactly."""

import threading

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client

from accounts.factories import UserFactory
from bookshelf.log import Change
from posts.factories import commented, published
from posts.models import Like, Post
from posts.models.likeable import LIKERS
from posts.pages.room import likers_now


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana)[0]


def likes(post: Post) -> int:
    """The count that is shown, which has to be the number of rows."""
    post.refresh_from_db()
    assert post.likes_count == Like.objects.of_posts().filter(post=post).count()
    return post.likes_count


def test_a_reader_likes_a_post_and_takes_it_back(post, as_ben):
    as_ben.post(f"/posts/{post.pk}/like/", {"liked": "1"})
    assert likes(post) == 1

    as_ben.post(f"/posts/{post.pk}/like/", {"liked": "0"})
    assert likes(post) == 0


@pytest.mark.parametrize("liked", ["1", "0"])
def test_repeating_what_is_wanted_changes_nothing_and_is_not_logged(post, as_ben, liked):
    as_ben.post(f"/posts/{post.pk}/like/", {"liked": liked})
    before = Change.objects.count()

    as_ben.post(f"/posts/{post.pk}/like/", {"liked": liked})

    assert (likes(post), Change.objects.count()) == (int(liked), before)


def test_htmx_gets_the_button_as_it_is_now(post, as_ben):
    answer = as_ben.post(
        f"/posts/{post.pk}/like/", {"liked": "1"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert 'aria-pressed="true"' in answer
    assert 'value="0"' in answer
    assert "<html" not in answer


def test_without_htmx_the_reader_is_led_back_to_the_post(post, as_ben):
    url, referer = f"/posts/{post.pk}/like/", "http://testserver/tags/novel/?before=9"

    here = as_ben.post(url, {"liked": "1"}, headers={"Referer": referer})
    elsewhere = as_ben.post(url, {"liked": "1"}, headers={"Referer": "https://evil.example/"})

    assert here["Location"] == f"/tags/novel/?before=9#post-{post.pk}"
    assert elsewhere["Location"] == f"/#post-{post.pk}"


def test_the_viewers_own_state_is_on_the_page_and_nobody_elses(post, as_ana, as_ben, client):
    as_ben.post(f"/posts/{post.pk}/like/", {"liked": "1"})

    for path in ("/", post.get_absolute_url()):
        assert 'aria-pressed="true"' in as_ben.get(path).content.decode()
        assert 'aria-pressed="true"' not in as_ana.get(path).content.decode()
        assert 'aria-pressed="true"' not in client.get(path).content.decode()


def test_a_guest_is_asked_to_sign_in_and_comes_back(post, client):
    answer = client.post(
        f"/posts/{post.pk}/like/",
        {"liked": "1"},
        headers={"Referer": "http://testserver/?before=9"},
    )

    assert answer["Location"] == "/accounts/login/?next=/%3Fbefore%3D9"
    assert likes(post) == 0


def test_the_button_of_a_guest_is_not_replaced_by_a_page_to_sign_in(post, client):
    answer = client.post(f"/posts/{post.pk}/like/", {"liked": "1"}, headers={"HX-Request": "true"})

    assert "/accounts/login/" in answer["HX-Redirect"]


def test_a_like_needs_the_csrf_token_of_who_is_signed_in(post, ben):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)

    assert strict.post(f"/posts/{post.pk}/like/", {"liked": "1"}).status_code == 403
    assert likes(post) == 0


@pytest.mark.parametrize("path", ["/posts/999/like/", "/posts/999/comments/1/like/"])
def test_what_is_not_there_cannot_be_liked(as_ben, path):
    assert as_ben.post(path, {"liked": "1"}).status_code == 404


def test_what_was_removed_cannot_be_liked(post, as_ben):
    comment = commented(post)
    post.remove()

    assert as_ben.post(f"/posts/{post.pk}/like/", {"liked": "1"}).status_code == 404
    path = f"/posts/{post.pk}/comments/{comment.pk}/like/"
    assert as_ben.post(path, {"liked": "1"}).status_code == 404


def test_liking_takes_a_post_request(post, as_ben):
    assert as_ben.get(f"/posts/{post.pk}/like/").status_code == 405


def test_a_comment_is_liked_apart_from_its_post(post, as_ben):
    comment = commented(post)

    as_ben.post(f"/posts/{post.pk}/comments/{comment.pk}/like/", {"liked": "1"})

    comment.refresh_from_db()
    assert (comment.likes_count, likes(post)) == (1, 0)


def test_the_page_of_a_post_names_who_likes_it_the_latest_first(post, client):
    for name in ("Reader the First", "Reader the Second"):
        post.like(UserFactory(name=name), True)

    page = client.get(post.get_absolute_url()).content.decode()

    assert page.index("Reader the Second") < page.index("Reader the First")


def test_the_page_reads_of_those_who_like_a_post_what_the_post_says(post, ana):
    comment = commented(post, "Well.", author=ana)
    for number in range(LIKERS + 3):
        post.like(UserFactory(username=f"liker-{number}"), True)
        comment.like(UserFactory(), True)

    found = likers_now(post.pk)

    assert len(found) == LIKERS
    assert list(map(model_to_dict, found)) == list(map(model_to_dict, post.likers))


def test_many_likers_are_gathered_and_listed_on_a_page_of_their_own(post, client):
    for number in range(15):
        post.like(UserFactory(name=f"Liker {number}"), True)

    assert "3 others" in client.get(post.get_absolute_url()).content.decode()
    everybody = client.get(f"/posts/{post.pk}/likes/").content.decode()
    assert everybody.count("Liker ") == 15


@pytest.mark.django_db(transaction=True)
def test_likes_at_the_same_time_are_counted_exactly():
    post, _ = published()
    users = UserFactory.create_batch(6)

    def like(user) -> None:
        for liked in (True, False, True):
            Post.objects.get(pk=post.pk).like(user, liked)
        connection.close()

    threads = [threading.Thread(target=like, args=[user]) for user in [*users, *users]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert likes(post) == Like.objects.count() <= 6
