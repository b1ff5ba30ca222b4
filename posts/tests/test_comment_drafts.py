"""A half-typed comment is kept on the server, for its author alone."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from posts.factories import commented, published
from posts.models import CommentDraft
from posts.models.comment_draft import KEPT_FOR, MOST_COMMENT_DRAFTS

HTMX = {"HX-Request": "true", "HX-Boosted": "true"}


@pytest.fixture
def post(db):
    return published()[0]


@pytest.fixture
def as_ben(client, ben):
    client.force_login(ben)
    return client


def keeps(client, post, body, **fields):
    """Report a pause in typing, as the form does, and return the answer's status."""
    return client.post(f"/posts/{post.pk}/comments/draft/", {"body": body, **fields}).status_code


def page(client, post):
    return client.get(post.get_absolute_url()).content.decode()


def test_what_is_half_typed_is_in_the_form_after_a_reload(as_ben, post):
    assert keeps(as_ben, post, "Half a") == 204
    assert keeps(as_ben, post, "Half a thought") == 204

    assert "Half a thought</textarea>" in page(as_ben, post)
    assert CommentDraft.objects.count() == 1


def test_a_half_typed_reply_is_in_its_form(as_ben, post):
    comment = commented(post)

    keeps(as_ben, post, "Half a reply", parent=comment.pk)

    reply = as_ben.get(f"/posts/{post.pk}/comments/{comment.pk}/reply/").content.decode()
    assert "Half a reply</textarea>" in reply
    assert "Half a reply" not in page(as_ben, post)


def test_nobody_else_sees_it(as_ben, client, post, ana):
    keeps(as_ben, post, "Mine alone")

    client.force_login(ana)

    assert "Mine alone" not in page(client, post)


def test_a_comment_that_was_sent_leaves_no_draft(as_ben, post):
    submission = str(uuid.uuid4())
    keeps(as_ben, post, "Half", submission=submission)

    as_ben.post(f"/posts/{post.pk}/comments/", {"body": "Whole", "submission": submission})

    assert not CommentDraft.objects.exists()
    # The last pause may be reported after the form.
    assert keeps(as_ben, post, "Hal", submission=submission) == 204
    assert not CommentDraft.objects.exists()


def test_what_was_deleted_again_is_forgotten(as_ben, post):
    keeps(as_ben, post, "Half")

    keeps(as_ben, post, "  ")

    assert not CommentDraft.objects.exists()


def test_what_does_not_say_what_is_typed_forgets_nothing(as_ben, post):
    keeps(as_ben, post, "On its way")

    # As the form does while it is being sent: its field is disabled.
    answer = as_ben.post(f"/posts/{post.pk}/comments/draft/", {"submission": uuid.uuid4()})

    assert answer.status_code == 204
    assert "On its way" in page(as_ben, post)


def test_a_guest_is_asked_to_sign_in_and_stays_on_the_page(client, post):
    response = client.post(f"/posts/{post.pk}/comments/draft/", {"body": "Half"})

    assert response.status_code == 401
    assert "signed out" in response.content.decode()
    assert not CommentDraft.objects.exists()


@pytest.mark.parametrize("parent", [10**6, "nothing"])
def test_a_reply_to_nothing_is_not_kept_as_a_reply(as_ben, post, parent):
    status = keeps(as_ben, post, "Half", parent=parent)

    assert status == (404 if parent == 10**6 else 204)
    assert not CommentDraft.objects.exclude(parent=None).exists()


def test_the_oldest_makes_room(ben, post):
    posts = [published()[0] for _ in range(MOST_COMMENT_DRAFTS + 1)]

    for each in posts:
        CommentDraft.objects.keep(ben, each.pk, None, "Half")

    kept = set(CommentDraft.objects.values_list("post_id", flat=True))
    assert kept == {each.pk for each in posts[1:]}


def test_old_ones_are_pruned(ben, post):
    CommentDraft.objects.keep(ben, post.pk, None, "Old")
    CommentDraft.objects.update(kept_at=timezone.now() - KEPT_FOR - timedelta(hours=1))

    call_command("prune")

    assert not CommentDraft.objects.exists()


def test_htmx_gets_the_page_with_the_focus_on_the_new_comment(as_ben, post):
    path = f"/posts/{post.pk}/comments/"

    response = as_ben.post(path, {"body": "Here I am."}, headers=HTMX)

    comment = post.comments.get()
    assert response.status_code == 200
    assert response["HX-Replace-Url"] == f"{post.get_absolute_url()}#comment-{comment.pk}"
    assert f"#comment-{comment.pk}" in response["HX-Reswap"]
    focused = re.findall(r'id="(\S+)"[^>]*autofocus', response.content.decode())
    assert focused == [f"comment-{comment.pk}"]


def test_a_reply_on_an_earlier_page_leads_to_that_page(as_ben, post):
    opening = commented(post)
    for _ in range(30):
        commented(post)

    fields = {"body": "Late, but here.", "parent": opening.pk}
    response = as_ben.post(f"/posts/{post.pk}/comments/", fields, headers=HTMX)

    reply = opening.replies.get()
    assert re.search(rf"\?before=\d+#comment-{reply.pk}$", response["HX-Replace-Url"])
    assert "Late, but here." in response.content.decode()


@pytest.mark.parametrize("noun", ["post", "comment"])
def test_a_heart_keeps_its_id_and_so_the_focus(as_ben, post, noun):
    comment = commented(post)
    path = f"/posts/{post.pk}/" + (f"comments/{comment.pk}/" if noun == "comment" else "")
    pk = comment.pk if noun == "comment" else post.pk

    response = as_ben.post(f"{path}like/", {"liked": "1"}, headers={"HX-Request": "true"})

    assert f'id="{noun}-{pk}-like"' in response.content.decode()
