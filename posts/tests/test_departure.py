"""Deleting an account: what stays, what goes, and that open pages follow."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.leaving import departures
from accounts.leaving.departures import KEPT, LastAdmin, close_account, go_on_leaving, leave
from accounts.models import Block, TakenName, User
from accounts.relations import name_of, references_to_users
from accounts.tests.proof import reauthenticate
from bookshelf.log import Change
from posts.factories import commented, published
from posts.models import (
    Comment,
    Draft,
    Follow,
    Like,
    Notification,
    Post,
    Revision,
    SearchDocument,
    ShelvedBook,
)

pytestmark = pytest.mark.django_db

PASSWORD = "a very quiet room"


def written(ana: User, ben: User) -> tuple[Post, Post, Comment]:
    """Have Ana write, like, follow and keep; return her post, Ben's, and her comment on it."""
    mine, _ = published(author=ana, title="Persuasion", tags=("novel",))
    mine.body = "Half agony, half hope, edited."
    mine.revise(("novel",), editor=ana)
    commented(mine, "Yes.", author=ben)
    theirs, _ = published(author=ben, title="Emma")
    comment = commented(theirs, "Badly done.", author=ana)
    commented(theirs, "Indeed.", author=ben, parent=comment)
    commented(theirs, "A second one.", author=ana)
    theirs.like(ana, True)
    Follow.objects.put(ana, ben, True)
    Follow.objects.put(ben, ana, True)
    ShelvedBook.objects.put(ana, theirs, "want")
    Draft.objects.create(author=ana, submission="0" * 32, body="Half.", kept_at=timezone.now())
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    return mine, theirs, comment


def check_counts() -> None:
    for post in Post.objects.all():
        assert post.likes_count == post.likes.filter(comment=None).count()
        assert post.comments_count == post.comments.filter(removed_at=None).count()
    for comment in Comment.objects.all():
        assert comment.likes_count == comment.likes.count()


def everything_stored() -> str:
    """All that the database holds, but for what others wrote and were told."""
    from django.apps import apps

    return repr([list(model._base_manager.values()) for model in apps.get_models()])


@pytest.mark.parametrize("keeps_texts", [True, False])
def test_nothing_says_who_it_was(ana, ben, keeps_texts):
    ana.first_name, ana.last_name, ana.about = "Anastasia", "Blumenkohl", "Reads at night."
    ana.save()
    written(ana, ben)

    leave(ana, keeps_texts=keeps_texts)

    stored = everything_stored()
    for trace in ("'ana'", "'Ana'", "ana@example.com", "Anastasia", "Blumenkohl", "Reads at night"):
        assert trace not in stored, trace
    left = User.objects.get(pk=ana.pk)
    assert (left.display_name, left.is_active, left.is_leaving) == (
        "Someone who left",
        False,
        False,
    )
    assert left.left_at and not left.has_usable_password()


@pytest.mark.parametrize("keeps_texts", [True, False])
def test_every_reference_to_a_user_is_let_go_or_kept_for_a_reason(ana, ben, keeps_texts):
    written(ana, ben)

    leave(ana, keeps_texts=keeps_texts)

    for field in references_to_users():
        left = field.model._base_manager.filter(**{field.attname: ana.pk})
        assert not left.exists() or name_of(field) in KEPT, name_of(field)
    names = {name_of(field) for field in references_to_users()}
    assert set(KEPT) <= names
    assert all(KEPT.values())


def test_texts_that_are_kept_stay_without_a_name(ana, ben, client):
    mine, theirs, _ = written(ana, ben)

    leave(ana, keeps_texts=True)

    room = client.get(theirs.get_absolute_url()).content.decode()
    assert "Badly done." in room
    assert "Someone who left" in room
    assert "Ana" not in room
    own = client.get(mine.get_absolute_url()).content.decode()
    assert "half hope, edited" in own
    page = client.get(reverse("posts:author", args=[User.objects.get(pk=ana.pk).username]))
    assert "This account has been deleted." in page.content.decode()
    assert 'id="follow"' not in page.content.decode()
    assert client.get("/readers/ana/").status_code == 404
    check_counts()


def test_texts_that_are_removed_are_gone_everywhere(ana, ben, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    mine, theirs, _ = written(ana, ben)
    lone = Comment.objects.get(body="A second one.")

    leave(ana, keeps_texts=False)

    stored = everything_stored()
    for text in ("half hope", "Badly done", "A second one"):
        assert text not in stored
    gone = client.get(f"/posts/{mine.pk}/")
    assert gone.status_code == 410
    assert "persuasion" not in gone.content.decode().lower()
    room = client.get(theirs.get_absolute_url()).content.decode()
    assert "This comment was removed." in room
    assert "Indeed." in room
    assert f"comment-{lone.pk}" not in room
    assert not Revision.objects.exists()
    assert not SearchDocument.objects.filter(post=mine).exists()
    assert not Like.objects.filter(user=ana).exists()
    assert (
        "Persuasion" not in client.get("/search/?q=persuasion").content.decode().split("<main")[1]
    )
    check_counts()


def test_a_post_removed_for_good_is_not_restored(ana, ben):
    mine, _ = published(author=ana)
    leave(ana, keeps_texts=False)

    with pytest.raises(Post.TooLate):
        Post.objects.get(pk=mine.pk).restore()


def test_it_goes_on_where_it_was_interrupted(ana, ben, monkeypatch):
    monkeypatch.setattr("posts.departure.BATCH", 1)
    monkeypatch.setattr("posts.departure.POSTS", 1)
    monkeypatch.setattr(departures, "SECONDS", -1)
    posts = [published(author=ben)[0] for _ in range(3)]
    for post in posts:
        commented(post, "Mine.", author=ana)
        post.like(ana, True)
        published(author=ana)

    with pytest.MonkeyPatch.context() as context:
        context.setattr(departures.go_on_leaving, "__defaults__", (-1.0,))
        leave(ana, keeps_texts=False)

    assert Like.objects.filter(user=ana).count() == 2
    assert User.objects.get(pk=ana.pk).is_leaving
    assert not go_on_leaving(ana.pk, seconds=-1)
    assert Like.objects.filter(user=ana).count() == 1

    call_command("prune")

    assert not User.objects.get(pk=ana.pk).is_leaving
    assert not Like.objects.filter(user=ana).exists()
    assert not Post.objects.visible().by(ana.pk).exists()
    assert not Comment.objects.filter(body="Mine.").exists()
    check_counts()


def test_the_name_stays_taken_for_a_while(ana):
    leave(ana, keeps_texts=True)

    assert not UserFactory.build(username="ana").pk
    fields = {"username": "ana", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", fields)
    assert not User.objects.filter(username="ana").exists()

    User.objects.filter(pk=ana.pk).update(left_at=timezone.now() - timedelta(days=200))
    call_command("prune")
    assert not TakenName.objects.filter(user=ana).exists()
    Client().post("/accounts/signup/", fields)
    assert User.objects.filter(username="ana").exists()


# --- The page


@pytest.fixture
def signed_in(ana) -> Client:
    ana.set_password(PASSWORD)
    ana.save()
    client = Client()
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    return client


def confirm(client: Client, fields: dict[str, str]):
    """Send the form, give the password when asked, and return what comes of it."""
    asked = client.post("/accounts/delete/", fields)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    return client.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/delete/"})


def test_the_page_says_what_there_is_and_deletes_after_the_password(signed_in, ana, ben):
    written(ana, ben)
    page = signed_in.get("/accounts/delete/").content.decode()
    assert "This is final" in page
    assert "1 post" in " ".join(page.split())

    answer = confirm(signed_in, {"texts": "remove"})

    assert answer["Location"] == "/"
    assert User.objects.get(pk=ana.pk).left_at
    home = signed_in.get("/")
    assert "Your account has been deleted" in home.content.decode()
    assert not home.context["user"].is_authenticated
    assert [(m.to, m.subject) for m in mail.outbox] == [
        (["ana@example.com"], "[BookShelf] Your account has been deleted")
    ]


def test_without_the_password_nothing_is_deleted(signed_in, ana):
    signed_in.post("/accounts/delete/", {"texts": "remove"})
    signed_in.post("/accounts/reauthenticate/", {"password": "wrong", "next": "/accounts/delete/"})

    assert User.objects.get(pk=ana.pk).is_active


def test_who_has_no_password_types_the_username(as_ana, ana):
    reauthenticate(as_ana, ana)
    wrong = as_ana.post("/accounts/delete/", {"texts": "keep", "username": "anna"})
    assert wrong.status_code == 422
    assert User.objects.get(pk=ana.pk).is_active

    as_ana.post("/accounts/delete/", {"texts": "keep", "username": "Ana"})

    assert User.objects.get(pk=ana.pk).left_at


def test_a_choice_has_to_be_made(as_ana, ana):
    reauthenticate(as_ana, ana)
    answer = as_ana.post("/accounts/delete/", {"username": "ana"})

    assert answer.status_code == 422
    assert "Choose one of the two." in answer.content.decode()


def test_the_last_admin_stays(as_ana, ana, ben):
    reauthenticate(as_ana, ana)
    User.objects.filter(pk=ana.pk).update(is_superuser=True, is_staff=True)

    answer = as_ana.post("/accounts/delete/", {"texts": "keep", "username": "ana"})

    assert "the only administrator" in answer.content.decode()
    with pytest.raises(LastAdmin):
        leave(ana, keeps_texts=True)
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    leave(ana, keeps_texts=True)


def test_a_mail_that_cannot_be_sent_keeps_nobody(as_ana, ana, monkeypatch):
    reauthenticate(as_ana, ana)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda *args: 1 / 0)

    answer = as_ana.post("/accounts/delete/", {"texts": "keep", "username": "ana"})

    assert answer.status_code == 302


def test_each_removal_is_in_the_log_in_one_go(ana, ben):
    written(ana, ben)
    before = Change.objects.newest().seq

    leave(ana, keeps_texts=False)

    kinds = list(
        Change.objects.filter(seq__gt=before).order_by("seq").values_list("kind", flat=True)
    )
    assert kinds == [
        "author_renamed", "post_liked", "comment_removed", "comment_removed", "post_removed",
    ]  # fmt: skip


def test_what_was_read_before_does_not_bring_the_account_back(ana):
    read = User.objects.get(pk=ana.pk)
    leave(ana, keeps_texts=True)
    left = User.objects.filter(pk=ana.pk).values().get()

    read.set_password(PASSWORD)
    read.save()
    read.about = "Still here."
    read.save(update_fields=["name", "about"])

    assert User.objects.filter(pk=ana.pk).values().get() == left


def test_nobody_is_called_as_those_who_left_are(ben, as_ben):
    answer = as_ben.post("/accounts/settings/", {"name": "Someone who left"})

    assert answer.status_code == 422


def test_closing_twice_is_closing_once(ana):
    leave(ana, keeps_texts=True)
    left = User.objects.get(pk=ana.pk)

    close_account(left, keeps_texts=True)

    assert User.objects.get(pk=ana.pk).left_at == left.left_at
    assert Notification.objects.count() == Block.objects.count() == 0
