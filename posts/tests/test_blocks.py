"""Blocking another user: no contact from them, whatever the way, and nothing told to them."""

from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from lxml import html

from accounts.factories import UserFactory
from accounts.models import Block, User
from accounts.models.block import Blocked
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change
from posts.factories import commented, published
from posts.models import Comment, CommentDraft, Follow, Notification, Post

pytestmark = pytest.mark.django_db


class Between:
    """Ana, who has blocked Ben or will; what she has written, and what he wrote before."""

    def __init__(self, ana: User, ben: User) -> None:
        self.ana, self.ben = ana, ben
        self.post, _ = published(author=ana)
        self.elsewhere, _ = published(author=UserFactory())
        self.comment = commented(self.elsewhere, "Mine.", author=ana)
        self.bens, _ = published(author=ben)
        self.said = commented(self.post, "Before.", author=ben)
        self.replied = commented(self.elsewhere, "Before.", author=ben, parent=self.comment)

    def block(self) -> None:
        Block.objects.put(self.ana, self.ben, True)

    def revise_bens_post(self) -> None:
        self.bens.body = "And @ana, too."
        self.bens.revise(editor=self.ben)


@pytest.fixture
def between(ana, ben) -> Between:
    return Between(ana, ben)


REFUSED: dict[str, Callable[[Between], object]] = {
    "comment on a post": lambda it: commented(it.post, author=it.ben),
    "reply below a post": lambda it: commented(
        it.post, author=it.ben, parent=commented(it.post, author=UserFactory())
    ),
    "reply to a comment elsewhere": lambda it: commented(
        it.elsewhere, author=it.ben, parent=it.comment
    ),
    "edit a comment from before": lambda it: it.said.revise("Worse.", editor=it.ben),
    "edit a reply from before": lambda it: it.replied.revise("Worse.", editor=it.ben),
    "follow": lambda it: Follow.objects.put(it.ben, it.ana, True),
}
"""What is refused."""

UNHEARD: dict[str, Callable[[Between], object]] = {
    "mention in a post": lambda it: published(author=it.ben, body="Dear @ana!"),
    "mention in an edit of a post": Between.revise_bens_post,
    "mention in a comment": lambda it: commented(it.bens, "@ana!", author=it.ben),
    "mention in an edit of a comment": lambda it: commented(it.bens, author=it.ben).revise(
        "@ana", editor=it.ben
    ),
    "like a post": lambda it: it.post.like(it.ben, True),
    "like a comment": lambda it: it.comment.like(it.ben, True),
    "like, and take it back": lambda it: (
        it.post.like(it.ben, True),
        it.post.like(it.ben, False),
    ),
}
"""What may be done, and is not heard of."""


@pytest.mark.parametrize("what", REFUSED)
def test_contact_is_refused_and_nothing_is_stored(between, what):
    between.block()
    rows = Comment.objects.count(), Follow.objects.count()
    bodies = set(Comment.objects.filter(author=between.ben).values_list("body", flat=True))
    notified = Notification.objects.of(between.ana).count()
    others = 1 if what == "reply below a post" else 0

    with pytest.raises(Blocked):
        REFUSED[what](between)

    assert (Comment.objects.count() - others, Follow.objects.count()) == rows
    assert bodies == set(Comment.objects.filter(author=between.ben).values_list("body", flat=True))
    assert Notification.objects.of(between.ana).count() == notified + others


@pytest.mark.parametrize("what", UNHEARD)
def test_what_may_be_done_is_not_heard_of(between, what):
    between.block()
    between.ana.refresh_from_db()
    before = list(Notification.objects.of(between.ana).values()), between.ana.unread

    UNHEARD[what](between)

    between.ana.refresh_from_db()
    after = list(Notification.objects.of(between.ana).values()), between.ana.unread
    assert after == before


@pytest.mark.parametrize("what", [*REFUSED, *UNHEARD])
def test_without_a_block_it_is_contact(between, what):
    """So the two tests above are about the block."""
    between.ana.refresh_from_db()
    rows = Notification.objects.count(), Follow.objects.count(), Change.objects.newest().seq

    (REFUSED | UNHEARD)[what](between)

    assert rows != (
        Notification.objects.count(), Follow.objects.count(), Change.objects.newest().seq
    )  # fmt: skip


def test_every_model_of_two_users_is_known_here():
    """A new one fails here: have its verb refuse the blocked, and give it a sample above."""
    two = {
        model._meta.label
        for model in apps.get_models()
        if sum(
            isinstance(field, models.ForeignKey) and field.related_model is User
            for field in model._meta.concrete_fields
        )
        > 1
    }
    # A follow is refused, a notification left out; a block may be mutual. Nobody is told of a
    # report, moderators have to act, and an invitation is a link that its taker asked for.
    assert two == {
        "posts.Follow", "posts.Notification", "accounts.Block", "posts.Report",
        "posts.ModerationAction", "accounts.Invitation",
    }  # fmt: skip


def test_every_kind_of_notification_is_left_out(between):
    between.block()
    for kind in NotificationKind:
        ids = Notification.objects.notify({between.ana: kind}, between.ben.pk, between.post.pk)
        assert ids == [], kind


def test_a_follow_ends_and_posts_are_no_longer_told(between):
    Follow.objects.put(between.ben, between.ana, True)
    Follow.objects.put(between.ana, between.ben, True)

    between.block()

    assert not Follow.objects.exists()
    published(author=between.ben)
    assert not Notification.objects.of(between.ana).filter(kind="posted").exists()


def test_staff_may_still_edit_what_the_blocked_said(between):
    between.block()

    between.said.revise("Taken out.", editor=UserFactory(is_staff=True))
    between.replied.remove()

    assert Comment.objects.get(pk=between.said.pk).body == "Taken out."


def test_the_other_way_round_nothing_is_refused(between):
    between.block()

    commented(between.bens, "A word.", author=between.ana)


# --- Pages


def test_the_refusal_is_plain_and_keeps_what_was_typed(between, as_ben):
    between.block()
    typed = {"body": "A long and careful thought."}

    for fields in (typed, typed | {"parent": str(between.said.pk)}):
        answer = as_ben.post(f"/posts/{between.post.pk}/comments/", fields)

        assert answer.status_code == 422
        text = answer.content.decode()
        assert "You cannot comment on this reader’s posts" in text
        assert "A long and careful thought." in text
        assert "blocked" not in text.lower()
    assert not Comment.objects.filter(body=typed["body"]).exists()


def test_an_edit_is_refused_as_plainly(between, as_ben):
    between.block()

    answer = as_ben.post(
        f"/posts/{between.post.pk}/comments/{between.said.pk}/edit/", {"body": "Worse."}
    )

    assert answer.status_code == 422
    assert "You cannot comment" in answer.content.decode()
    assert "Worse." in answer.content.decode()


def test_a_draft_of_such_a_comment_is_kept(between, as_ben):
    between.block()

    as_ben.post(f"/posts/{between.post.pk}/comments/draft/", {"body": "Half a thought."})
    as_ben.post(f"/posts/{between.post.pk}/comments/", {"body": "Half a thought."})

    assert CommentDraft.objects.get().body == "Half a thought."


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Request-Type": "partial"}])
def test_following_is_refused_in_words(between, as_ben, headers):
    between.block()

    answer = as_ben.post("/readers/ana/follow/", {"following": "1"}, headers=headers, follow=True)

    assert "You cannot follow this reader." in answer.content.decode()
    assert not Follow.objects.exists()


def test_one_blocks_and_unblocks_on_the_page_of_a_reader(between, as_ana, as_ben):
    page = as_ana.get("/readers/ben/").content
    form = html.fromstring(page).get_element_by_id("block").xpath(".//form")[0]

    answer = as_ana.post(form.get("action"), {"blocked": "1"}, follow=True)

    assert "You have blocked <bdi>Ben</bdi>." in answer.content.decode()
    assert "You have blocked this reader" in as_ana.get("/readers/ben/").content.decode()
    assert "Unblock" in as_ana.get("/blocked/").content.decode()
    as_ana.post("/readers/ben/block/", {"blocked": "1"})
    assert Block.objects.count() == 1
    as_ana.post("/readers/ben/block/", {"blocked": "0"})
    assert not Block.objects.exists()
    assert "Nobody." in as_ana.get("/blocked/").content.decode()


def test_beside_a_comment_a_link_leads_there(between, as_ana, client):
    path = between.post.get_absolute_url()
    link = '/readers/ben/#block"'

    assert link in as_ana.get(path).content.decode()
    assert link not in client.get(path).content.decode()
    assert '/readers/ana/#block"' not in as_ana.get(path).content.decode()


def test_nobody_blocks_themselves_or_sees_who_has_blocked_them(between, as_ana, as_ben):
    assert as_ana.post("/readers/ana/block/", {"blocked": "1"}).status_code == 404
    before = as_ben.get("/readers/ana/").content.decode()

    between.block()

    after = as_ben.get("/readers/ana/").content.decode()
    assert strip_tokens(after) == strip_tokens(before)


def strip_tokens(text: str) -> str:
    page = html.fromstring(text)
    for field in page.xpath("//input[@name='csrfmiddlewaretoken'] | //body"):
        for name in ("value", "hx-headers:inherited"):
            field.attrib.pop(name, None)
    return html.tostring(page, encoding="unicode")


# --- At once


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_one_is_being_blocked_is_refused(ana, ben):
    post: Post = published(author=ana)[0]
    begun, refused = Event(), Event()

    def say() -> None:
        try:
            begun.set()
            commented(post, author=ben)
        except Blocked:
            refused.set()
        finally:
            connection.close()

    thread = Thread(target=say)
    with transaction.atomic():
        Block.objects.put(ana, ben, True)
        thread.start()
        begun.wait(5)
        # It waits for the commit of the block.
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)

    assert refused.is_set()
    assert not Comment.objects.exists()
