"""What moderators do to posts, comments and people: in one step, and kept."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied

from accounts.factories import UserFactory
from posts.factories import commented, published
from posts.models import (
    Comment,
    ModerationAction,
    Notification,
    Post,
    Report,
)
from posts.models.moderation import AppendOnly, Verb
from posts.models.report import Reason
from posts.moderation.verbs import carry_out
from posts.tests.moderating import act, moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(ana) -> Post:
    return published(author=ana, title="Emma", body="Buy my pills.")[0]


# --- Actions


def test_a_removal_of_somebody_is_not_undone_by_what_they_had_removed_before(post, ana, mod):
    """Their request may have been on its way."""
    post.remove()
    carry_out(ModerationAction.of(mod, Verb.PURGE, ana, reason=Reason.SPAM))

    with pytest.raises(Post.TooLate):
        Post.objects.get(pk=post.pk).restore()

    assert not Post.objects.visible().exists()


def test_what_was_hidden_before_its_author_was_removed_comes_back_with_them_alone(post, ana, mod):
    said = commented(post, author=ana)
    for each in (said, post):
        carry_out(ModerationAction.of(mod, Verb.HIDE, each, reason=Reason.SPAM))
    carry_out(ModerationAction.of(mod, Verb.PURGE, ana, reason=Reason.SPAM))

    for model, each in ((Post, post), (Comment, said)):
        with pytest.raises(model.Gone):
            model.objects.get(pk=each.pk).put_back(list)
    ana.refresh_from_db()
    carry_out(ModerationAction.of(mod, Verb.UNPURGE, ana, reason=Reason.SPAM))
    Post.objects.get(pk=post.pk).put_back(list)

    assert Post.objects.visible().get() == post


@pytest.mark.parametrize("verb", ["hide", "remove"])
def test_what_was_taken_down_its_author_cannot_put_back(post, ana, as_ana, as_mod, mod, verb):
    Report.objects.file(UserFactory(), "spam", person=ana, post_id=post.pk)

    act(as_mod, f"posts/{post.pk}", verb)
    restoring = as_ana.post(f"/posts/{post.pk}/restore/", follow=True).content.decode()

    assert "A moderator took this post down." in restoring
    assert not Post.objects.visible().exists()
    assert not Report.objects.open().exists()
    entry = ModerationAction.objects.get()
    assert (entry.moderator, entry.verb, entry.person, entry.post) == (mod, verb, ana, post)
    assert (entry.reason, entry.text) == ("spam", "No advertising.")
    assert entry.reports.count() == 1
    notice = Notification.objects.get(user=ana)
    assert (notice.kind, notice.action) == ("moderated", entry)
    act(as_mod, f"posts/{post.pk}", "restore")
    assert Post.objects.visible().get() == post


def test_an_author_who_removed_it_first_does_not_find_it_published(post, ana, as_mod):
    post.remove()
    act(as_mod, f"posts/{post.pk}", "hide")
    assert not Post.objects.get().can_be_restored

    act(as_mod, f"posts/{post.pk}", "restore")

    assert not Post.objects.visible().exists()
    assert Post.objects.get().can_be_restored


def test_a_comment_is_hidden_counted_and_put_back(post, ben, as_mod):
    comment = commented(post, author=ben)

    act(as_mod, f"comments/{comment.pk}", "hide")
    post.refresh_from_db()
    assert (Comment.objects.visible().count(), post.comments_count) == (0, 0)

    act(as_mod, f"comments/{comment.pk}", "restore")
    post.refresh_from_db()
    assert (Comment.objects.visible().count(), post.comments_count) == (1, 1)


def test_an_action_needs_a_reason_and_what_is_typed_is_kept(post, as_mod):
    sent = {"verb": "redact", "text": "Typed words.", "passage": "not in it"}

    response = as_mod.post(f"/moderation/posts/{post.pk}/", sent)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose a reason" in page and "Typed words." in page and "stands nowhere" in page
    assert not ModerationAction.objects.exists()


def test_a_closed_room_takes_no_comment_and_keeps_what_was_typed(post, as_ben, as_mod):
    act(as_mod, f"posts/{post.pk}", "close")

    response = as_ben.post(f"/posts/{post.pk}/comments/", {"body": "One word."})

    page = response.content.decode()
    assert response.status_code == 409
    assert "The room was closed while you were writing" in page and "One word." in page
    assert "A moderator has closed this room." in page
    act(as_mod, f"posts/{post.pk}", "reopen")
    assert as_ben.post(f"/posts/{post.pk}/comments/", {"body": "Now."}).status_code == 302


@pytest.mark.parametrize("term", [{"term": "7"}, {"term": "date", "until": "2999-01-01"}, {}])
def test_a_suspension_has_an_end_within_a_year(ana, as_mod, term):
    act(as_mod, f"readers/{ana.pk}", "suspend", **term)

    ana.refresh_from_db()
    assert ana.is_suspended == (term == {"term": "7"})


def test_who_may_not_act_is_refused_by_the_verb_itself(post, mod, ana, as_ana):
    admin = UserFactory(is_superuser=True)
    theirs, _ = published(author=admin)
    for target in (theirs, admin, mod, moderator("other")):
        for verb in (Verb.HIDE, Verb.WARN, Verb.BAN, Verb.PURGE):
            with pytest.raises(PermissionDenied):
                carry_out(ModerationAction.of(mod, verb, target, reason=Reason.SPAM))
    with pytest.raises(PermissionDenied):
        carry_out(ModerationAction.of(ana, Verb.HIDE, theirs, reason=Reason.SPAM))
    assert act(as_ana, f"posts/{post.pk}", "hide").status_code == 403
    assert not ModerationAction.objects.exists()


def test_what_was_done_is_kept_for_good(ana, as_mod):
    act(as_mod, f"readers/{ana.pk}", "warn")
    entry = ModerationAction.objects.get()

    for change in (entry.save, entry.delete, ModerationAction.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()
    with pytest.raises(AppendOnly):
        ModerationAction.objects.update(text="Nothing.")


def test_the_person_is_mailed_at_a_confirmed_address(
    post, ana, as_mod, django_capture_on_commit_callbacks
):
    def hide_and_restore():
        with django_capture_on_commit_callbacks(execute=True):
            act(as_mod, f"posts/{post.pk}", "hide")
            act(as_mod, f"posts/{post.pk}", "restore")

    hide_and_restore()
    assert mail.outbox == []
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True)

    hide_and_restore()

    assert [each.to for each in mail.outbox] == [[ana.email]] * 2
    assert "No advertising." in mail.outbox[0].body
    assert "http://testserver/standing/" in mail.outbox[0].body


def test_a_dead_mail_server_stops_no_moderator(
    post, ana, as_mod, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True)

    with django_capture_on_commit_callbacks(execute=True):
        assert act(as_mod, f"posts/{post.pk}", "hide").status_code == 200

    assert not Post.objects.visible().exists()
