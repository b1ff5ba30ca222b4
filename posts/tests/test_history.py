"""Editing at once, taking back, and what remains of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.factories import UserFactory
from posts.factories import published
from posts.models import Post, Revision
from posts.pages.history import MOST_EDITS, MOST_PIECES, MOST_WORDS, compare, history_of

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong.", "tags": ""}


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana, title="Persuasion", body="Half agony, half hope.")[0]


@pytest.fixture
def elsewhere(ana):
    """Ana's other browser."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture(params=[{"is_staff": True}, {"is_staff": True, "is_superuser": True}], ids=str)
def as_staff(db, request):
    """Somebody who may open the admin; and an admin."""
    client = Client()
    client.force_login(UserFactory(**request.param))
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
    post, as_ana, elsewhere
):
    edit(as_ana, post, version="1", body="The first to save.")

    response = edit(elsewhere, post, version="1", body="The second to save.")

    text = response.content.decode()
    assert response.status_code == 409
    assert "The first to save." in text
    assert "The second to save." in text
    assert Post.objects.get().body == "The first to save."


def test_having_seen_both_versions_one_may_save(post, as_ana, elsewhere):
    edit(as_ana, post, version="1", body="The first to save.")
    text = edit(elsewhere, post, version="1", body="The second to save.").content.decode()
    assert 'name="version" value="2"' in text

    assert edit(elsewhere, post, version="2", body="Both.").status_code == 302
    assert Post.objects.get().body == "Both."


def test_an_edit_of_a_post_that_was_removed_meanwhile_is_not_taken(post):
    mine = Post.objects.get()
    post.remove()

    with pytest.raises(Post.Conflict):
        mine.revise()


def test_nobody_edits_the_words_of_another_whatever_their_role(post, as_staff):
    assert edit(as_staff, post).status_code == 404
    assert as_staff.post(f"/posts/{post.pk}/delete/").status_code == 404

    assert Post.objects.visible().get().title == "Persuasion"


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


def edited(post, times: int, **fields) -> None:
    """Make a post have been edited so many times."""
    for number in range(1, times + 1):
        Revision.objects.create(
            post=post, version=number, title=f"Version {number}", book_author="A", **fields
        )
    Post.objects.filter(pk=post.pk).update(version=times + 1)


@pytest.mark.parametrize("times", [1, MOST_EDITS, MOST_EDITS + 1, 2 * MOST_EDITS + 3])
def test_the_pages_of_a_history_hold_every_edit_once(
    post, client, times, django_assert_max_num_queries
):
    edited(post, times, body="Short.")
    path, versions, pages = f"/posts/{post.pk}/history/", [], 0
    before = None
    while True:
        with django_assert_max_num_queries(8):
            history = client.get(path, {"before": before} if before else {}).context["page"]
        versions += [edit.version for edit in history.rows]
        pages += 1
        before = history.older
        if before is None:
            break

    assert versions == list(range(times + 1, 1, -1))
    assert pages == -(-times // MOST_EDITS)


def test_an_edit_shows_the_same_on_whatever_page_it_stands(post):
    edited(post, MOST_EDITS + 2, body="Short.")
    post.refresh_from_db()

    whole = [edit.title for edit in history_of(post).rows]
    (first, second) = history_of(post, 4).rows

    assert "".join(piece.text for piece in first.title if piece.what != "in") == "Version 2"
    assert "".join(piece.text for piece in first.title if piece.what != "out") == "Version 3"
    assert "".join(piece.text for piece in second.title if piece.what != "out") == "Version 2"
    assert len(whole) == MOST_EDITS


def test_long_reviews_make_short_pages(post, client):
    edited(post, 4, body="word " * 4_000)

    first = client.get(f"/posts/{post.pk}/history/")

    assert len(first.context["page"].rows) == 1
    assert "Earlier edits" in first.content.decode()


@pytest.mark.parametrize("before", ["0", "1", "999999999999999999"])
def test_a_page_of_the_history_that_never_was_is_empty_or_the_first(post, client, before):
    edited(post, 2, body="Short.")

    assert client.get(f"/posts/{post.pk}/history/", {"before": before}).status_code == 200


WORDS = st.lists(st.sampled_from(["a ", "b ", "a\n", "c  ", " ", "d"])).map("".join)


@given(WORDS, WORDS)
def test_what_an_edit_kept_took_and_gave_makes_both_texts(before, after):
    pieces = compare(before, after)

    assert "".join(piece.text for piece in pieces if piece.what != "in") == before
    assert "".join(piece.text for piece in pieces if piece.what != "out") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("a " * MOST_WORDS, "b " * (MOST_WORDS + 1)), ("a b " * MOST_PIECES, "a c " * MOST_PIECES)],
)
def test_texts_that_are_too_long_or_too_different_are_shown_as_a_whole(before, after):
    assert compare(before, after) == [("out", before), ("in", after)]


def test_a_word_in_the_middle_of_a_long_text_is_found():
    before = "never " * 4_000
    pieces = compare(before, before[:12_000] + "ever " + before[12_000:])

    assert [piece.what for piece in pieces] == ["kept", "in", "kept"]


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
