"""Writing a post."""

import re

import pytest
from django.test import Client

from posts.models import Post

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong, delightfully."}


def test_an_author_posts_a_book(as_ana, ana):
    response = as_ana.post("/posts/new/", EMMA | {"rating": "4.5", "tags": "novel, Village life"})

    post = Post.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/")
    assert (post.title, post.book_author, post.body, post.author) == (*EMMA.values(), ana)
    assert post.half_stars == 9
    assert {tag.name for tag in post.tags.all()} == {"novel", "Village life"}


def test_no_rating_and_no_tags_are_fine(as_ana):
    as_ana.post("/posts/new/", EMMA | {"rating": "", "tags": ""})

    assert Post.objects.get().rating is None


@pytest.mark.parametrize("rating", ["0.5", "3", "5", "5.0"])
def test_half_stars_and_whole_ones_are_ratings(as_ana, rating):
    as_ana.post("/posts/new/", EMMA | {"rating": rating})

    assert float(Post.objects.get().rating) == float(rating)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": ""}, "Give its title."),
        ({"title": "   "}, "Give its title."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"book_author": ""}, "Who wrote the book?"),
        ({"book_author": "x" * 201}, "at most 200 characters"),
        ({"body": ""}, "Say something about the book"),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"rating": "7"}, "The highest rating is five stars."),
        ({"rating": "0"}, "The lowest rating is half a star."),
        ({"rating": "3.3"}, "half stars"),
        ({"rating": "many"}, "Choose from half a star to five"),
        ({"tags": "a,b,c,d,e,f,g,h,i"}, "At most 8 tags"),
        ({"title": "\u200b"}, "Give its title."),
        ({"body": "\u200b \u2060"}, "Say something about the book"),
        ({"tags": "🎃"}, "has no letter or digit"),
        ({"tags": "x" * 41}, "at most 40 characters"),
        ({"title": "Em\x00ma"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_the_typed_text(as_ana, wrong, message):
    typed = EMMA | {"rating": "3", "tags": "novel"} | wrong

    response = as_ana.post("/posts/new/", typed)

    text = response.content.decode()
    assert response.status_code == 422
    assert message in text
    assert not Post.objects.exists()
    kept = {name: value for name, value in typed.items() if name not in wrong}
    for name in ("title", "book_author", "body"):
        if name in kept:
            assert kept[name] in text


def test_lines_end_as_they_do_elsewhere(as_ana):
    as_ana.post("/posts/new/", EMMA | {"body": "One\r\n\r\ntwo"})

    assert Post.objects.get().body == "One\n\ntwo"


def test_an_author_cannot_be_forged(as_ana, ana, ben):
    as_ana.post("/posts/new/", EMMA | {"author": ben.pk, "author_id": ben.pk})

    assert Post.objects.get().author == ana


def test_a_double_click_makes_one_post(as_ana):
    form = as_ana.get("/posts/new/").content.decode()
    submission = re.search(r'name="submission" value="([^"]+)"', form)[1]

    answers = [as_ana.post("/posts/new/", EMMA | {"submission": submission}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Post.objects.count() == 1


def test_a_submission_that_is_not_ours_does_no_harm(as_ana):
    assert as_ana.post("/posts/new/", EMMA | {"submission": "xyz"}).status_code == 302


def test_a_review_as_long_as_the_browser_allows_is_taken(as_ana):
    as_ana.post("/posts/new/", EMMA | {"body": "x\r\n" * 9_999 + "xx"})

    assert len(Post.objects.get().body) == 20_000


def test_a_form_that_came_back_can_be_sent_again(as_ana):
    form = as_ana.get("/posts/new/").content.decode()
    submission = re.search(r'name="submission" value="([^"]+)"', form)[1]
    wrong = EMMA | {"title": "", "submission": submission}
    form = as_ana.post("/posts/new/", wrong).content.decode()
    submission = re.search(r'name="submission" value="([^"]+)"', form)[1]

    as_ana.post("/posts/new/", EMMA | {"submission": submission})

    assert Post.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_asked_to(method):
    response = getattr(Client(), method)("/posts/new/")

    assert response["Location"] == "/accounts/login/?next=/posts/new/"
    assert not Post.objects.exists()


def test_a_post_without_a_token_is_refused(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    assert client.post("/posts/new/", EMMA).status_code == 403


def test_what_is_typed_is_escaped(as_ana):
    as_ana.post(
        "/posts/new/", EMMA | {"title": '<hx-partial hx-target="#posts">', "body": "<script>"}
    )

    text = as_ana.get("/").content.decode()
    assert "<hx-partial" not in text
    assert "<script>" not in text
    assert "&lt;hx-partial" in text
