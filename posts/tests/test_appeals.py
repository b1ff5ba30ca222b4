"""Appeals against what a moderator did; and everything of a person, gone and back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.models import User
from accounts.standing import appeal_token
from posts.factories import commented, published
from posts.models import (
    Appeal,
    Comment,
    Follow,
    Like,
    ModerationAction,
    Notification,
    Post,
    Report,
)
from posts.moderation.purge import traces_of
from posts.tests.moderating import act, moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(ana) -> Post:
    return published(author=ana, title="Emma", body="Buy my pills.")[0]


# --- Appeals


def appeal(client: Client, action: ModerationAction, text: str = "They are books."):
    return client.post(action.get_absolute_url(), {"text": text}, follow=True)


def decide(client: Client, decision: str):
    sent = {"decision": decision, "text": "I see."}
    return client.post(f"/moderation/appeals/{Appeal.objects.get().pk}/", sent, follow=True)


@pytest.mark.parametrize("decision", ["take_back", "uphold"])
def test_another_moderator_answers_an_appeal(post, ana, as_ana, as_ben, mod, as_mod, decision):
    second = Client()
    second.force_login(moderator("second"))
    act(as_mod, f"posts/{post.pk}", "hide")
    action = ModerationAction.objects.get()
    assert as_ben.get(action.get_absolute_url()).status_code == 404

    for text in ("They are books.", "Twice."):
        appeal(as_ana, action, text)
    assert Appeal.objects.get().text == "They are books."
    assert "Another moderator has to answer" in decide(as_mod, decision).content.decode()
    decide(second, decision)

    taken_back = decision == "take_back"
    assert Post.objects.visible().exists() == taken_back
    page = as_ana.get(action.get_absolute_url()).content.decode()
    assert ("It is taken back." if taken_back else "It stays as it is.") in page
    assert "I see." in page
    assert Notification.objects.of(ana).filter(kind="moderated").count() == 2
    undone = ModerationAction.objects.filter(undoes=action)
    assert [each.verb for each in undone] == (["restore"] if taken_back else [])


def test_where_there_is_no_other_moderator_the_same_one_answers(ana, as_ana, as_mod):
    act(as_mod, f"readers/{ana.pk}", "suspend", term="1")
    appeal(as_ana, ModerationAction.objects.get())

    decide(as_mod, "take_back")

    ana.refresh_from_db()
    assert not ana.is_suspended


def test_who_is_banned_appeals_without_signing_in(ana, as_mod, client):
    act(as_mod, f"readers/{ana.pk}", "ban")
    action = ModerationAction.objects.get()
    from_mail = Client()
    token = appeal_token(ana)

    from_mail.post(f"/standing/banned/{token}/", {"text": "It was not me."})
    decide(as_mod, "take_back")

    assert Appeal.objects.get().action == action
    ana.refresh_from_db()
    assert (ana.is_active, ana.banned_at) == (True, None)


def test_there_is_no_appeal_after_a_month(ana, as_ana, as_mod, monkeypatch):
    act(as_mod, f"readers/{ana.pk}", "warn")
    monkeypatch.setattr("posts.models.moderation.APPEAL_WITHIN", timedelta(0))

    appeal(as_ana, ModerationAction.objects.get())

    assert not Appeal.objects.exists()


# --- Everything of a person


@pytest.fixture
def spam(post, ana, ben):
    """What Ana has left behind; Ben's post, on which she commented."""
    other, _ = published(author=ben, title="Dracula")
    thread = commented(other, "Pills!", author=ana)
    commented(other, "Stop it.", author=ben, parent=thread)
    said = commented(other, "What a book.", author=ben)
    commented(other, "Pills here!", author=ana, parent=said)
    other.like(ana, True)
    said.like(ana, True)
    other.like(UserFactory(), True)
    Follow.objects.put(ana, ben, True)
    Follow.objects.put(ben, ana, True)
    gone, _ = published(author=ana, title="Gone before")
    gone.remove()
    Report.objects.file(ben, "spam", person=ana, post_id=post.pk)
    return other


def counts() -> list[tuple[int, ...]]:
    """Return what is counted, which has to agree with what there is."""
    for post in Post.objects.all():
        assert post.likes_count == post.likes.filter(comment=None).count()
        assert post.comments_count == post.comments.visible().count()
    for comment in Comment.objects.all():
        assert comment.likes_count == comment.likes.count()
    for user in User.objects.all():
        assert user.unread == Notification.objects.of(user).unread().entries().count()
    return [
        (Post.objects.visible().count(), Comment.objects.visible().count()),
        (Like.objects.count(), Follow.objects.count()),
    ]


def test_everything_of_a_person_goes_in_one_step_and_comes_back(spam, ana, ben, as_mod, client):
    before = counts()
    asked = as_mod.get(f"/moderation/readers/{ana.pk}/purge/").content.decode()
    assert tuple(traces_of(ana))[:3] == (1, 2, 2)
    assert "<li>2 comments</li>" in asked

    as_mod.post(f"/moderation/readers/{ana.pk}/purge/", {"reason": "spam"})

    assert counts() == [(1, 2), (1, 0)]
    assert not Report.objects.open().exists()
    assert not Notification.objects.filter(actor=ana).exists()
    ana.refresh_from_db()
    assert (ana.is_active, ana.display_name) == (False, "Removed reader")
    assert client.get("/readers/ana/").status_code == 404

    act(as_mod, f"readers/{ana.pk}", "unpurge")

    assert counts() == before
    assert client.get("/readers/ana/").status_code == 200
    assert client.get("/search/?q=emma").content.decode().count("<article") == 1


def test_it_comes_back_within_thirty_days_alone(spam, ana, as_mod, monkeypatch):
    as_mod.post(f"/moderation/readers/{ana.pk}/purge/", {"reason": "spam"})
    monkeypatch.setattr("posts.moderation.purge.UNDO_WITHIN", timedelta(0))

    act(as_mod, f"readers/{ana.pk}", "unpurge")

    assert User.objects.get(pk=ana.pk).purged_at < timezone.now()
