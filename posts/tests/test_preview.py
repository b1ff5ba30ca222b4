"""A post as it will stand, while it is being written."""

import re

import pytest

from posts.factories import published
from posts.models import Cover, Draft, Post
from posts.tests.inert import WRAPPER, bones, parsed
from posts.tests.payloads import HANDFULS_WITH_NULS
from posts.tests.pictures import picture, upload

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She *is* ||wrong||."}


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> None:
    """A storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path


def typed(client, fields, path="/drafts/keep/") -> str:
    """Make a pause in typing; return what comes back."""
    return client.post(path, fields).content.decode()


def review(text: str) -> str:
    """Return the review as it is drawn, but for the mark that tells spoilers apart."""
    return re.search(r'<div class="review"[^>]*>(.*?)</div>\s*(?:\n|<ul|</section)', text, re.S)[1]


def test_the_preview_draws_a_review_as_the_page_does(as_ana, ana, client):
    post, _ = published(author=ana, **EMMA)

    page = client.get(post.get_absolute_url()).content.decode()

    assert review(typed(as_ana, EMMA)) == review(page)
    assert "<em>is</em>" in review(page)
    assert "<details" in review(page)


def test_the_preview_shows_title_stars_and_tags(as_ana):
    text = typed(as_ana, EMMA | {"rating": "4.5", "tags": "novel, wit"})

    assert "4.5 out of 5 stars" in text
    assert ">novel<" in text
    assert "cover--cloth" in text


@pytest.mark.parametrize("wrong", [{"rating": "many"}, {"tags": "🎃"}, {"title": ""}, {"body": ""}])
def test_what_is_half_typed_is_left_out_of_the_preview(as_ana, wrong):
    assert 'class="preview-head"' in typed(as_ana, EMMA | wrong)


def test_nothing_typed_has_no_preview(as_ana):
    assert "preview-head" not in typed(as_ana, {})
    assert "preview-head" not in as_ana.get("/posts/new/").content.decode()


def test_a_review_that_is_too_long_is_counted_not_drawn(as_ana):
    text = typed(as_ana, EMMA | {"body": "x" * 20_003})

    assert "3 characters too long" in text
    assert "xxx" not in text


def test_the_preview_button_brings_the_form_back_and_stores_nothing(as_ana):
    sent = EMMA | {"body": "", "tags": "novel", "rating": "3.0", "preview": "1"}
    response = as_ana.post("/posts/new/", sent)

    text = response.content.decode()
    assert response.status_code == 200
    assert "preview-head" in text
    assert "Say something" not in text
    assert 'value="novel"' in text
    assert re.search(r'value="3.0" checked', text)
    assert not Post.objects.exists()
    assert not Draft.objects.exists()


def test_the_preview_keeps_a_chosen_picture_with_the_form(as_ana):
    response = as_ana.post("/posts/new/", EMMA | {"preview": "1", "cover": upload(picture())})

    text, token = response.content.decode(), Cover.objects.get().token
    assert text.count(f"/media/covers/{token}-192.webp 192w") == 2
    assert f'name="pending_cover" value="{token}"' in text
    assert token in typed(as_ana, EMMA | {"pending_cover": token})


def test_the_preview_of_an_edit_shows_the_picture_that_is_there(as_ana):
    as_ana.post("/posts/new/", EMMA | {"cover": upload(picture())})
    post = Post.objects.get()
    keep, edit = f"/drafts/keep/{post.pk}/", f"/posts/{post.pk}/edit/"

    for text in (
        typed(as_ana, EMMA, keep),
        as_ana.post(edit, EMMA | {"preview": "1"}).content.decode(),
    ):
        assert post.cover.token in text[text.rindex("preview-head") :]
    assert "cover--cloth" in typed(as_ana, EMMA | {"remove_cover": "on"}, keep)
    assert Post.objects.get().version == 1


def test_somebody_elses_waiting_picture_is_not_shown(as_ana, as_ben):
    as_ana.post("/posts/new/", EMMA | {"preview": "1", "cover": upload(picture())})

    assert "cover--image" not in typed(as_ben, EMMA | {"pending_cover": Cover.objects.get().token})


# --- Inert ---


def as_typed(payload: str) -> dict[str, str]:
    return dict.fromkeys(("title", "book_author", "body"), payload) | {"tags": payload[:40]}


def skeleton(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the bones of an answer to a pause, without what tags there are."""
    return bones(re.sub(r'<ul class="tags".*?</ul>', "", text, flags=re.S))


@pytest.mark.parametrize("payloads", HANDFULS_WITH_NULS)
def test_a_payload_changes_nothing_but_the_words(payloads, as_ana):
    expected = skeleton(typed(as_ana, {"title": "x", "book_author": "x", "body": "x"}))

    for payload in payloads:
        text = typed(as_ana, as_typed(payload))

        assert "Draft kept" in text, payload
        assert skeleton(text) == expected, payload
        tags = re.findall(r'<ul class="tags".*?</ul>', text, re.S)
        for each in parsed(WRAPPER.sub("", "".join(tags))).iterdescendants():
            assert each.tag in {"ul", "li", "span", "bdi"}, payload


@pytest.mark.parametrize("payloads", HANDFULS_WITH_NULS)
def test_a_payload_in_a_draft_is_words_wherever_it_is_offered(payloads, as_ana, ana):
    typed(as_ana, {"title": "x", "book_author": "x", "body": "x", "tags": "x"})
    addresses = ("/posts/new/", "/drafts/", Draft.objects.get().get_absolute_url())
    expected = [skeleton(as_ana.get(each).content.decode()) for each in addresses]
    Draft.objects.all().delete()

    for payload in payloads:
        typed(as_ana, as_typed(payload))

        addresses = ("/posts/new/", "/drafts/", Draft.objects.get().get_absolute_url())
        drawn = [skeleton(as_ana.get(each).content.decode()) for each in addresses]
        assert drawn == expected, payload
        Draft.objects.all().delete()
