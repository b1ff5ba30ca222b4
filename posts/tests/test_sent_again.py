"""A form that comes again, by two clicks or after Back: nothing doubles, nothing is overwritten."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from lxml import html

from accounts.models import User
from posts.factories import commented, published
from posts.models import Comment, CommentDraft, Cover, Draft, Post
from posts.models.draft import LATE_FOR
from posts.tests.pictures import picture, upload

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "tags": "novel"}
DUNE = {"title": "Dune", "book_author": "Frank Herbert", "body": "Sand.", "tags": "desert"}


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def form() -> dict[str, str]:
    """What a form is drawn with."""
    return {"submission": str(uuid.uuid4())}


def bodies(user: User) -> list[str]:
    return sorted(Post.objects.visible().by(user.pk).values_list("body", flat=True))


def posts(client: Client, *parts: dict, status: int = 302):
    sent = {name: value for part in parts for name, value in part.items()}
    response = client.post("/posts/new/", sent)
    assert response.status_code == status, response.content.decode()
    return response


def values_of(response) -> dict[str, str]:
    """Return what the form that came back holds."""
    form = html.fromstring(response.content).get_element_by_id("post-form")
    return {
        name: value.removeprefix("\n")
        for name, value in form.form_values()
        # lxml takes an empty value for "on".
        if name not in ("csrfmiddlewaretoken", "cover") and (name, value) != ("rating", "on")
    }


# --- Posts ---


def test_another_book_is_another_post_and_two_clicks_make_it_once(as_ana, ana, form):
    for fields in (EMMA, DUNE, DUNE, EMMA):
        posts(as_ana, form, fields)

    assert bodies(ana) == ["Sand.", "She is wrong."]
    assert set(Post.objects.values_list("version", flat=True)) == {1}


def test_another_text_about_the_book_is_asked_about_and_nothing_is_lost(as_ana, ana, form):
    posts(as_ana, form, EMMA)
    new = EMMA | {"title": "EMMA", "body": "On second thoughts.", "rating": "4.5", "tags": "a, b"}

    response = posts(as_ana, form, new, status=409)

    assert bodies(ana) == ["She is wrong."]
    values = values_of(response)
    assert {name: values[name] for name in new} == new
    text = response.content.decode()
    assert "She is wrong." in text
    assert ">Replace what you posted<" in text
    assert ">Post it as another one<" in text


@pytest.mark.parametrize(
    ("choice", "left"),
    [("replace", ["On second thoughts."]), ("another", ["On second thoughts.", "She is wrong."])],
)
def test_its_author_chooses_and_two_clicks_choose_once(as_ana, ana, form, choice, left):
    posts(as_ana, form, EMMA)
    asked = posts(as_ana, form, EMMA, {"body": "On second thoughts."}, status=409)
    chosen = values_of(asked) | {"again": choice}

    for _ in range(2):
        posts(as_ana, chosen)

    assert bodies(ana) == left


def test_what_was_replaced_is_in_the_history(as_ana, ana, form):
    posts(as_ana, form, EMMA)
    asked = posts(as_ana, form, EMMA, {"body": "On second thoughts."}, status=409)
    posts(as_ana, values_of(asked) | {"again": "replace"})

    # The first page comes once more: it is no news.
    posts(as_ana, form, EMMA)

    assert bodies(ana) == ["On second thoughts."]
    assert Post.objects.get().revisions.get().body == "She is wrong."


def test_a_version_that_its_author_has_not_seen_is_not_replaced(as_ana, ana, form):
    posts(as_ana, form, EMMA)
    asked = posts(as_ana, form, EMMA, {"body": "On second thoughts."}, status=409)
    post = Post.objects.get()
    post.body = "From another tab."
    post.revise()

    again = posts(as_ana, values_of(asked) | {"again": "replace"}, status=409)

    assert bodies(ana) == ["From another tab."]
    assert "From another tab." in again.content.decode()
    posts(as_ana, values_of(again) | {"again": "replace"})
    assert bodies(ana) == ["On second thoughts."]


@pytest.mark.parametrize("change", [{"tags": "novel, letters"}, {"rating": "3"}])
def test_tags_and_rating_are_part_of_what_was_typed(as_ana, form, change):
    posts(as_ana, form, EMMA)

    posts(as_ana, form, EMMA, change, status=409)


def test_a_picture_is_part_of_it_and_the_same_picture_no_news(as_ana, form):
    posts(as_ana, form, EMMA)
    asked = posts(as_ana, form, EMMA, {"cover": upload(picture((60, 90)))}, status=409)
    posts(as_ana, values_of(asked) | {"again": "replace"})
    assert Post.objects.with_details().get().cover

    posts(as_ana, form, EMMA, {"cover": upload(picture((60, 90)))})
    posts(as_ana, form, EMMA, {"cover": upload(picture((90, 90)))}, status=409)
    assert Cover.objects.exclude(post=None).count() == 1


def test_what_was_removed_or_is_somebody_elses_is_not_touched(as_ana, as_ben, ana, ben, form):
    posts(as_ana, form, EMMA)
    for _ in range(2):
        posts(as_ben, form, EMMA)
    assert (bodies(ana), bodies(ben)) == (["She is wrong."], ["She is wrong."])

    as_ana.post(f"/posts/{Post.objects.by(ana.pk).get().pk}/delete/")
    for _ in range(2):
        posts(as_ana, form, EMMA)
    assert bodies(ana) == ["She is wrong."]


@pytest.mark.parametrize("again", ["", "nonsense", "\0"])
def test_no_answer_or_an_odd_one_is_asked_again(as_ana, ana, form, again):
    posts(as_ana, form, EMMA)

    posts(as_ana, form, EMMA, {"body": "More.", "again": again}, status=409)

    assert bodies(ana) == ["She is wrong."]


def test_two_clicks_on_save_save_once_and_ask_nothing(as_ana, ana):
    post, _ = published(author=ana)
    answers = [
        as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"version": "1"}).status_code
        for _ in range(2)
    ]

    assert answers == [302, 302]
    assert Post.objects.get().version == 2
    other = as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"version": "1", "body": "More."})
    assert other.status_code == 409


# --- Comments ---


def test_another_text_is_another_comment_and_two_clicks_make_it_once(as_ben, ben, form):
    post, _ = published()
    talk = f"/posts/{post.pk}/comments/"

    answers = [
        as_ben.post(talk, form | {"body": body})["Location"]
        for body in ("One.", "Two.", "Two.", "One.")
    ]

    said = list(Comment.objects.order_by("pk").values_list("body", flat=True))
    assert said == ["One.", "Two."]
    assert answers[0] == answers[3] != answers[1] == answers[2]
    post.refresh_from_db()
    assert post.comments_count == 2


def test_a_reply_elsewhere_or_by_somebody_else_is_another_comment(as_ana, as_ben, ben, form):
    post, _ = published()
    other, _ = published()
    opening = commented(post)
    said = form | {"body": "Yes."}
    as_ben.post(f"/posts/{post.pk}/comments/", said)

    as_ben.post(f"/posts/{other.pk}/comments/", said)
    as_ben.post(f"/posts/{post.pk}/comments/", said | {"parent": opening.pk})
    as_ana.post(f"/posts/{post.pk}/comments/", said)

    assert Comment.objects.filter(body="Yes.").count() == 4


def test_a_comment_that_was_removed_can_be_made_again(as_ben, form):
    post, _ = published()
    said = form | {"body": "Yes."}
    as_ben.post(f"/posts/{post.pk}/comments/", said)
    Comment.objects.get().remove()

    for _ in range(2):
        as_ben.post(f"/posts/{post.pk}/comments/", said)

    assert Comment.objects.visible().count() == 1


# --- Drafts ---


def test_keep_as_draft_after_back_overwrites_no_draft(as_ana, ana, form):
    answers = [
        as_ana.post("/posts/new/", form | fields | {"keep": "1"})["Location"]
        for fields in (EMMA, EMMA, DUNE, DUNE)
    ]

    assert answers[0] == answers[1] != answers[2] == answers[3]
    drafts = Draft.objects.owned_by(ana).values_list("title", flat=True)
    assert sorted(drafts) == ["Dune", "Emma"]


def test_what_is_typed_after_back_is_kept_as_soon_as_it_cannot_be_late(as_ana, ana, form):
    posts(as_ana, form, EMMA)
    assert as_ana.post("/drafts/keep/", form | DUNE).status_code == 422
    Draft.objects.update(finished_at=timezone.now() - LATE_FOR - timedelta(seconds=1))

    assert as_ana.post("/drafts/keep/", form | DUNE).status_code == 200

    assert Draft.objects.owned_by(ana).get().title == "Dune"
    posts(as_ana, form, DUNE)
    assert not Draft.objects.owned_by(ana).exists()


def test_a_comment_typed_after_back_is_kept_as_well(as_ben, form):
    post, _ = published()
    as_ben.post(f"/posts/{post.pk}/comments/", form | {"body": "One."})
    Comment.objects.update(created_at=timezone.now() - LATE_FOR - timedelta(seconds=1))

    as_ben.post(f"/posts/{post.pk}/comments/draft/", form | {"body": "Two, ha"})

    assert CommentDraft.objects.get().body == "Two, ha"


# --- At the same time ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("taken", [False, True])
def test_of_forms_sent_at_the_same_time_the_same_are_one(ana, ben, form, taken):
    post, _ = published(author=ben)
    paths = {"/posts/new/": (EMMA, DUNE), f"/posts/{post.pk}/comments/": ({"body": "Yes."},) * 2}

    def send(path: str, fields: dict[str, str]) -> int:
        client = Client()
        client.force_login(ana)
        status = client.post(path, form | fields).status_code
        connections.close_all()
        return status

    for path, (first, second) in paths.items():
        if taken:
            send(path, first | {"body": "Taken before.", "title": "Persuasion"})
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, [path] * 4, [first, second, first, second]))
        assert answers == [302] * 4

    assert bodies(ana) == sorted([*["Taken before."] * taken, "Sand.", "She is wrong."])
    said = sorted(Comment.objects.values_list("body", flat=True))
    assert said == [*["Taken before."] * taken, "Yes."]


def test_every_form_with_an_id_of_its_drawing_is_tried_here(as_ana, ana):
    """A form with another such field needs its tests above."""
    post, _ = published(author=ana)
    comment = commented(post, author=ana)
    names = set()
    for path in (
        "/posts/new/",
        f"/posts/{post.pk}/edit/",
        post.get_absolute_url(),
        f"/posts/{post.pk}/comments/{comment.pk}/reply/",
        f"/posts/{post.pk}/comments/{comment.pk}/edit/",
        "/accounts/settings/",
        "/shelf/",
        "/notifications/",
    ):
        text = as_ana.get(path).content.decode()
        names |= set(re.findall(r'<input type="hidden" name="([^"]+)"', text))

    assert names <= {
        "csrfmiddlewaretoken", "submission", "continues", "version", "parent", "pending_cover",
        "topic", "cursor", "public", "state", "typed_by", "form_path",
        # The theme's, for guests; sending it twice chooses the same.
        "form_signature",
    }  # fmt: skip
