"""A draft goes when it is posted or thrown away, and takes nothing else with it."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from posts.factories import published
from posts.models import Cover, Draft, Post
from posts.models.draft import KEPT_FOR, MARKED_FOR, MOST_DRAFTS
from posts.tests.drafting import EMMA, HALF, drafts_of, drawn, types
from posts.tests.pictures import SVG, picture, upload


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> None:
    """A storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path


# --- It goes when it is posted, and does not come back ---


def test_a_draft_goes_away_when_it_is_posted(as_ana, ana):
    form = drawn(as_ana) | EMMA
    types(as_ana, form)
    as_ana.post("/posts/new/", form)

    assert Post.objects.count() == 1
    assert drafts_of(ana) == []
    assert not Draft.objects.exclude(body="", title="").exists()
    assert as_ana.get(f"/posts/new/?draft={Draft.objects.get().pk}").status_code == 404


def test_a_draft_that_was_continued_goes_away_when_it_is_posted(as_ana, ana):
    types(as_ana, drawn(as_ana) | EMMA)
    form = drawn(as_ana, Draft.objects.get().get_absolute_url()) | EMMA

    as_ana.post("/posts/new/", form)

    assert drafts_of(ana) == []


@pytest.mark.parametrize("kept_before", [True, False])
def test_a_late_save_does_not_bring_the_draft_of_a_post_back(as_ana, ana, kept_before):
    form = drawn(as_ana) | EMMA
    if kept_before:
        types(as_ana, form)
    as_ana.post("/posts/new/", form)

    response = types(as_ana, form | {"body": "Typed before the button was pressed."})

    assert response.status_code == 422
    assert "sent already" in response.content.decode()
    assert drafts_of(ana) == []


def test_a_late_save_does_not_bring_the_draft_of_an_edit_back(as_ana, ana):
    post, _ = published(author=ana)
    path, keep = f"/posts/{post.pk}/edit/", f"/drafts/keep/{post.pk}/"
    types(as_ana, drawn(as_ana, path) | EMMA, keep)
    form = drawn(as_ana, Draft.objects.get().get_absolute_url()) | EMMA
    as_ana.post(path, form)

    assert types(as_ana, form, keep).status_code == 422
    assert drafts_of(ana) == []


def test_what_is_refused_leaves_the_draft(as_ana, ana):
    form = drawn(as_ana) | EMMA | {"title": ""}
    types(as_ana, form)

    assert as_ana.post("/posts/new/", form).status_code == 422
    assert drafts_of(ana) == [EMMA["body"]]


def test_posting_leaves_no_marks_for_longer_than_a_day(as_ana, ana):
    as_ana.post("/posts/new/", drawn(as_ana) | EMMA)
    Draft.objects.update(finished_at=timezone.now() - MARKED_FOR - timedelta(minutes=1))
    as_ana.post("/posts/new/", drawn(as_ana) | EMMA)

    assert Draft.objects.count() == 1


# --- Two tabs ---


def test_two_forms_have_a_draft_each(as_ana, ana):
    types(as_ana, drawn(as_ana) | EMMA | {"body": "One."})
    types(as_ana, drawn(as_ana) | EMMA | {"body": "Two."})

    assert drafts_of(ana) == ["One.", "Two."]


def test_two_tabs_that_continue_one_draft_overwrite_nothing(as_ana, ana):
    types(as_ana, drawn(as_ana) | EMMA | {"body": "Begun."})
    address = Draft.objects.get().get_absolute_url()
    first, second = (drawn(as_ana, address) | EMMA for _ in range(2))

    types(as_ana, first | {"body": "Begun here."})
    types(as_ana, second | {"body": "Begun there."})
    types(as_ana, first | {"body": "Begun here, and on."})

    assert drafts_of(ana) == ["Begun here, and on.", "Begun there."]


def test_the_tab_that_a_draft_was_begun_in_overwrites_nothing_either(as_ana, ana):
    tab = drawn(as_ana) | EMMA
    types(as_ana, tab | {"body": "Begun."})
    phone = drawn(as_ana, Draft.objects.get().get_absolute_url()) | EMMA

    types(as_ana, tab | {"body": "Begun, and on."})
    types(as_ana, phone | {"body": "Begun on the phone."})

    assert drafts_of(ana) == ["Begun on the phone.", "Begun, and on."]


def test_a_pause_that_is_heard_of_late_does_not_part_the_draft_in_two(as_ana, ana):
    form = drawn(as_ana) | EMMA
    response = as_ana.post("/posts/new/", form | {"keep": "1"})
    continued = drawn(as_ana, response["Location"]) | EMMA

    types(as_ana, form)
    types(as_ana, continued | {"body": "She is wrong, and on."})

    assert drafts_of(ana) == ["She is wrong, and on."]


def test_posting_from_one_tab_leaves_what_the_other_typed(as_ana, ana):
    tab = drawn(as_ana) | EMMA
    types(as_ana, tab | {"body": "Begun."})
    phone = drawn(as_ana, Draft.objects.get().get_absolute_url()) | EMMA
    types(as_ana, tab | {"body": "Begun, and on."})

    as_ana.post("/posts/new/", phone)

    assert drafts_of(ana) == ["Begun, and on."]


# --- Edits ---


def test_a_draft_of_an_edit_is_offered_there_and_keeps_the_version_it_was_begun_on(as_ana, ana):
    post, _ = published(author=ana, **EMMA)
    path = f"/posts/{post.pk}/edit/"
    typed = drawn(as_ana, path) | EMMA | {"body": "Mine."}
    types(as_ana, typed, f"/drafts/keep/{post.pk}/")
    Post.objects.get().revise()

    draft = Draft.objects.get()
    assert draft.get_absolute_url() in as_ana.get(path).content.decode()
    assert draft.get_absolute_url() not in as_ana.get("/posts/new/").content.decode()
    form = drawn(as_ana, draft.get_absolute_url())
    assert form["version"] == "1"

    response = as_ana.post(path, EMMA | form | {"body": "Mine."})
    assert response.status_code == 409
    assert drafts_of(ana) == ["Mine."]

    submission = {"submission": form["submission"], "continues": form["continues"]}
    as_ana.post(path, EMMA | submission | {"version": "2", "body": "Mine."})
    assert Post.objects.get().body == "Mine."
    assert drafts_of(ana) == []


# --- The buttons, without JavaScript ---


def test_keep_as_draft_leads_to_the_draft(as_ana):
    response = as_ana.post("/posts/new/", drawn(as_ana) | HALF | {"keep": "1"}, follow=True)

    text = response.content.decode()
    draft = Draft.objects.get(finished_at=None)
    assert response.redirect_chain == [(draft.get_absolute_url(), 302)]
    assert "Draft kept at" in text
    assert "||half a" in text
    assert not Post.objects.exists()


def test_a_picture_is_kept_with_the_draft_for_as_long(as_ana, ana):
    sent = drawn(as_ana) | HALF | {"keep": "1", "cover": upload(picture((60, 90)))}
    text = as_ana.post("/posts/new/", sent, follow=True).content.decode()
    cover = Cover.objects.get()
    assert f'name="pending_cover" value="{cover.token}"' in text

    Cover.objects.update(created_at=timezone.now() - timedelta(days=30))
    call_command("prune")
    for _ in range(6):
        as_ana.post("/posts/new/", {"cover": upload(picture((60, 90)))})
    assert Cover.objects.filter(pk=cover.pk).exists()

    form = drawn(as_ana, Draft.objects.get(finished_at=None).get_absolute_url())
    as_ana.post("/posts/new/", form | EMMA | {"pending_cover": cover.token})
    assert Post.objects.get().cover == cover


def test_a_pause_that_is_heard_of_late_does_not_take_the_picture_off(as_ana, ana):
    form = drawn(as_ana) | HALF
    as_ana.post("/posts/new/", form | {"keep": "1", "cover": upload(picture((60, 90)))})

    types(as_ana, form)

    assert Draft.objects.get(finished_at=None).cover == Cover.objects.get()


def test_the_picture_of_a_discarded_draft_goes(as_ana, ana):
    as_ana.post("/posts/new/", drawn(as_ana) | {"keep": "1", "cover": upload(picture((60, 90)))})
    as_ana.post(f"/drafts/{Draft.objects.get(finished_at=None).pk}/discard/")
    Cover.objects.update(created_at=timezone.now() - timedelta(days=2))

    call_command("prune")

    assert not Cover.objects.exists()


def test_a_bad_picture_is_explained_and_the_form_comes_back(as_ana):
    for button in ("keep", "preview"):
        sent = drawn(as_ana) | HALF | {button: "1", "cover": upload(SVG)}
        response = as_ana.post("/posts/new/", sent)

        assert response.status_code == 422
        assert "not a picture that we can read" in response.content.decode()
        assert "||half a" in response.content.decode()


# --- Thrown away ---


def test_a_draft_can_be_discarded_even_twice(as_ana, ana):
    types(as_ana, drawn(as_ana) | EMMA)
    pk = Draft.objects.get().pk

    for _ in range(2):
        assert as_ana.post(f"/drafts/{pk}/discard/")["Location"] == "/drafts/"
        assert drafts_of(ana) == []
    assert as_ana.get(f"/drafts/{pk}/discard/").status_code == 405


def test_an_author_has_room_for_so_many_drafts_and_loses_none(as_ana, ana):
    for number in range(MOST_DRAFTS):
        Draft.objects.keep(ana, uuid.uuid4(), title=str(number))

    response = types(as_ana, drawn(as_ana) | EMMA)

    assert response.status_code == 422
    assert f"you have {MOST_DRAFTS} drafts" in response.content.decode()
    assert Draft.objects.count() == MOST_DRAFTS


def test_old_drafts_and_marks_are_pruned_and_others_are_not(ana, capsys):
    old, young, finished, mark = (uuid.uuid4() for _ in range(4))
    for submission in (old, young):
        Draft.objects.keep(ana, submission, title="x")
    for submission in (finished, mark):
        Draft.objects.finish(ana, submission)
    drafts = Draft.objects
    drafts.filter(submission=old).update(kept_at=timezone.now() - KEPT_FOR - timedelta(hours=1))
    drafts.filter(submission=young).update(kept_at=timezone.now() - KEPT_FOR + timedelta(hours=1))
    drafts.filter(submission=mark).update(finished_at=timezone.now() - MARKED_FOR * 2)

    call_command("prune")

    assert set(drafts.values_list("submission", flat=True)) == {young, finished}
    assert "Deleted 2 drafts" in capsys.readouterr().out


def test_drafts_are_listed_newest_first_in_few_queries(as_ana, ana, django_assert_num_queries):
    for number in range(12):
        Draft.objects.keep(ana, uuid.uuid4(), title=f"Number {number}")

    with django_assert_num_queries(4):
        text = as_ana.get("/drafts/").content.decode()
    assert re.findall(r'class="draft-title"[^>]*>Number (\d+)', text) == [
        str(number) for number in range(11, -1, -1)
    ]
    with django_assert_num_queries(4):
        text = as_ana.get("/posts/new/").content.decode()
    assert text.count('class="draft-title"') == 3
    assert "All your drafts" in text
