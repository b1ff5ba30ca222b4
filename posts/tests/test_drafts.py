"""What is being typed is kept, for its author alone, and lets nothing be lost."""

import re

import pytest
from django.test import Client

from bookshelf.log import Change
from posts.factories import published
from posts.models import Draft, Post
from posts.models.draft import TEXT
from posts.tests.drafting import EMMA, HALF, drafts_of, drawn, types


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> None:
    """A storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path


# --- Kept, and found again ---


def test_what_is_half_typed_is_kept_as_it_was_typed(as_ana, ana):
    response = types(as_ana, drawn(as_ana) | HALF)

    draft = Draft.objects.get()
    assert response.status_code == 200
    assert "Draft kept at" in response.content.decode()
    assert (draft.author, draft.post) == (ana, None)
    assert all(getattr(draft, name) == HALF[name] for name in ("title", "body", "rating", "tags"))
    assert not Post.objects.exists()


def test_a_draft_is_offered_and_fills_the_form(as_ana):
    types(as_ana, drawn(as_ana) | EMMA | {"rating": "4.5", "tags": "novel, wit"})
    draft = Draft.objects.get()

    assert draft.get_absolute_url() in as_ana.get("/posts/new/").content.decode()
    assert draft.get_absolute_url() in as_ana.get("/drafts/").content.decode()

    text = as_ana.get(draft.get_absolute_url()).content.decode()
    for typed in ('value="Emma"', 'value="Jane Austen"', "She is wrong.", 'value="novel, wit"'):
        assert typed in text
    assert re.search(r'value="4.5" checked', text)
    assert "You left a draft" not in text


def test_a_pause_in_typing_costs_one_update(as_ana, django_assert_num_queries):
    form = drawn(as_ana) | EMMA
    types(as_ana, form)

    # The session, its user, the draft.
    with django_assert_num_queries(3) as queries:
        types(as_ana, form | {"body": "She is wrong again."})

    assert queries[-1]["sql"].startswith("UPDATE")
    assert Draft.objects.get().body == "She is wrong again."


def test_an_empty_form_is_not_kept_and_neither_is_one_that_was_emptied(as_ana):
    form = drawn(as_ana)
    types(as_ana, form | {"title": "  "})
    assert not Draft.objects.exists()

    types(as_ana, form | EMMA)
    response = types(as_ana, form)
    assert not Draft.objects.exists()
    assert "kept" not in response.content.decode()


def test_too_long_a_text_gets_a_sentence_and_leaves_what_was_kept(as_ana):
    form = drawn(as_ana) | EMMA
    types(as_ana, form)

    response = types(as_ana, form | {"body": "x" * (TEXT + 1)})

    assert response.status_code == 422
    text = response.content.decode()
    assert f"The review is too long to be kept: {TEXT + 1} characters" in text
    assert Draft.objects.get().body == EMMA["body"]


def test_nuls_are_left_out(as_ana):
    assert types(as_ana, drawn(as_ana) | EMMA | {"title": "Em\0ma"}).status_code == 200
    assert Draft.objects.get().title == "Emma"


@pytest.mark.parametrize(
    "odd",
    [
        {"submission": "xyz"},
        {"submission": ""},
        {"continues": "1"},
        {"continues": "٣.٣"},
        {"continues": "9" * 30 + ".1"},
        {"continues": "."},
        {"pending_cover": "nope"},
        {"pending_cover": "\0"},
    ],
)
def test_odd_hidden_fields_do_no_harm(as_ana, odd):
    assert types(as_ana, drawn(as_ana) | EMMA | odd).status_code in (200, 422)
    assert as_ana.post("/posts/new/", drawn(as_ana) | EMMA | odd).status_code in (302, 422)


# --- Private ---


def test_nobody_else_reads_writes_or_discards_a_draft(as_ana, as_ben, ana, ben):
    types(as_ana, drawn(as_ana) | EMMA | {"body": "A secret."})
    draft = Draft.objects.get()

    assert as_ben.get(draft.get_absolute_url()).status_code == 404
    for path in ("/", "/drafts/", "/posts/new/", f"/readers/{ana.username}/", "/search/?q=secret"):
        assert "A secret." not in as_ben.get(path).content.decode()
        assert "Emma" not in as_ben.get(path).content.decode()
    as_ben.post(f"/drafts/{draft.pk}/discard/")
    types(as_ben, EMMA | {"submission": draft.submission, "body": "Ben's."})
    types(as_ben, EMMA | drawn(as_ben) | {"continues": draft.revision_ref, "body": "Ben's, too."})
    as_ben.post("/posts/new/", EMMA | {"submission": str(draft.submission), "body": "Ben's."})
    as_ben.post("/posts/new/", EMMA | drawn(as_ben) | {"continues": draft.revision_ref})

    assert drafts_of(ana) == ["A secret."]
    assert drafts_of(ben) == ["Ben's, too."]


def test_a_draft_is_in_no_list_search_or_history(as_ana, ana):
    post, _ = published(author=ana, title="Persuasion")
    path = f"/posts/{post.pk}/edit/"
    types(as_ana, drawn(as_ana) | EMMA | {"body": "An unposted thought."})
    types(
        as_ana,
        drawn(as_ana, path) | EMMA | {"body": "An unposted thought."},
        f"/drafts/keep/{post.pk}/",
    )

    assert len(drafts_of(ana)) == 2
    paths = ("/", f"/readers/{ana.username}/", "/search/?q=unposted", post.get_absolute_url())
    for path in (*paths, f"/posts/{post.pk}/history/"):
        assert "unposted thought" not in as_ana.get(path).content.decode()
    assert Change.objects.count() == 1


@pytest.mark.parametrize("path", ["/drafts/", "/drafts/1/discard/", "/posts/new/?draft=1"])
@pytest.mark.django_db
def test_who_is_not_signed_in_has_no_drafts(path):
    method = "post" if "discard" in path else "get"

    assert "/accounts/login/" in getattr(Client(), method)(path)["Location"]


def test_what_was_sent_before_signing_in_is_newer_than_the_draft(as_ana, ana):
    types(as_ana, drawn(as_ana) | EMMA)
    address = Draft.objects.get().get_absolute_url()
    form = drawn(as_ana, address) | EMMA | {"body": "Sent too late."}
    as_ana.logout()
    as_ana.post("/posts/new/", form)
    as_ana.force_login(ana)

    assert "Sent too late." in as_ana.get(address).content.decode()


@pytest.mark.django_db
def test_typing_on_after_signing_out_is_told(as_ana, ana):
    form = drawn(as_ana) | EMMA
    as_ana.logout()

    response = types(as_ana, form)

    assert response.status_code == 401
    assert "you are signed out" in response.content.decode()
    assert not Draft.objects.exists()


def test_only_who_may_edit_a_post_has_drafts_of_an_edit(as_ben, ana, ben):
    post, _ = published(author=ana)

    assert types(as_ben, EMMA, f"/drafts/keep/{post.pk}/").status_code == 404
    assert drafts_of(ben) == []


@pytest.mark.parametrize("draft", ["x", "", "-1", "9" * 30, "٣", "123456"])
def test_a_draft_that_cannot_be_is_not_found(as_ana, draft):
    assert as_ana.get("/posts/new/", {"draft": draft}).status_code == 404


def test_a_draft_of_an_edit_is_not_taken_for_a_new_post(as_ana, ana):
    post, other = published(author=ana)[0], published(author=ana)[0]
    form = drawn(as_ana, f"/posts/{post.pk}/edit/") | EMMA
    types(as_ana, form, f"/drafts/keep/{post.pk}/")
    pk = Draft.objects.get().pk

    assert as_ana.get(f"/posts/{post.pk}/edit/?draft={pk}").status_code == 200
    assert as_ana.get(f"/posts/{other.pk}/edit/?draft={pk}").status_code == 404
    assert as_ana.get(f"/posts/new/?draft={pk}").status_code == 404
