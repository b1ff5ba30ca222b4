"""Notifications as people see them: gathered by post and kind, and without what was removed."""

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from accounts.factories import UserFactory
from accounts.leaving.departures import leave
from accounts.models import User
from bookshelf.log import Change
from posts.factories import commented, published
from posts.live.bell import bells
from posts.log import Kind
from posts.models import ModerationAction, Notification, Post
from posts.models.likeable import TakenDown
from posts.models.moderation import Verb
from posts.models.report import Reason
from posts.moderation.verbs import carry_out


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana, title="Emma")[0]


def entries(client) -> list[str]:
    """What the page of notifications says, the latest first."""
    page = html.fromstring(client.get("/notifications/").content)
    return [" ".join(each.text_content().split()) for each in page.find_class("notice-what")]


def bell(user: User) -> int:
    """What the bell counts; the stored number and the number of unread entries agree."""
    user.refresh_from_db()
    assert user.unread == Notification.objects.of(user).unread().entries().count()
    return user.unread


def people(count: int) -> list[User]:
    return [UserFactory(name=f"Reader {number}") for number in range(1, count + 1)]


# --- Gathered


def test_comments_on_a_post_are_one_entry_that_says_how_many_others(post, ana, as_ana):
    for number, someone in enumerate(people(4), 1):
        commented(post, f"Said {number}.", author=someone)

    assert entries(as_ana) == ["Reader 4 and 3 others commented on Emma"]
    assert "Said 4." in as_ana.get("/notifications/").content.decode()
    assert bell(ana) == 1


def test_one_who_comments_several_times_is_one_person(post, as_ana, ben):
    for _ in range(3):
        commented(post, author=ben)

    assert entries(as_ana) == ["Ben commented 3 times on Emma"]


def test_kinds_and_posts_have_entries_of_their_own(post, ana, as_ana, ben):
    other, _ = published(author=ana, title="Persuasion")
    said = [commented(each, author=ana) for each in (post, other)]
    for each in (post, other):
        commented(each, author=ben)
        each.like(ben, True)
    for each in said:
        each.like(ben, True)
        commented(each.post, "Well.", author=ben, parent=each)
        commented(each.post, "Hm, @ana.", author=UserFactory(name="Cy"))

    assert bell(ana) == len(entries(as_ana)) == 10
    assert entries(as_ana)[:2] == [
        "Cy mentioned you in a comment on Persuasion",
        "Ben replied to you on Persuasion",
    ]


def test_mentions_in_a_post_and_in_its_comments_are_two_entries(ana, as_ana, ben):
    post, _ = published(author=ben, title="Emma", body="As @ana said.")
    for someone in people(2):
        commented(post, "And @ana?", author=someone)

    assert entries(as_ana) == [
        "Reader 2 and 1 other mentioned you in comments on Emma",
        "Ben mentioned you in Emma",
    ]


def test_likes_of_several_comments_on_a_post_are_one_entry(post, ana, as_ana, ben):
    said = [commented(post, author=ana) for _ in range(2)]
    for each in said:
        each.like(ben, True)
    assert entries(as_ana) == ["Ben liked your comments on Emma"]

    said[0].like(UserFactory(name="Cy"), True)

    assert entries(as_ana) == ["Ben and others liked your comments on Emma"]
    assert bell(ana) == 1


def test_what_was_read_and_what_is_new_are_two_entries(post, ana, as_ana):
    one, two, three = people(3)
    commented(post, author=one)
    Notification.objects.of(ana).mark_read(ana)
    for someone in (two, three):
        commented(post, author=someone)

    assert entries(as_ana) == [
        "Reader 3 and 1 other commented on Emma",
        "Reader 1 commented on Emma",
    ]

    Notification.objects.of(ana).mark_read(ana)
    assert entries(as_ana) == ["Reader 3 and 2 others commented on Emma"]


@pytest.mark.parametrize("how", ["open", "id"])
def test_an_entry_is_read_as_a_whole_but_for_what_came_after_it_was_drawn(post, ana, as_ana, how):
    for someone in people(3):
        commented(post, author=someone)
    drawn = Notification.objects.newest_first().first().pk
    commented(post, author=UserFactory(name="Late"))

    as_ana.post("/notifications/read/", {how: drawn})

    assert entries(as_ana) == [
        "Late commented on Emma",
        "Reader 3 and 2 others commented on Emma",
    ]
    assert bell(ana) == 1


def test_a_mail_gathers_as_well_and_mails_each_thing_once(post, ana):
    ana.emailaddress_set.create(email=ana.email, verified=True, primary=True)
    User.objects.filter(pk=ana.pk).update(digest=True)
    for number, someone in enumerate(people(4), 1):
        commented(post, author=someone)
        if number == 2:
            call_command("maildigests", site="https://books.example/")
    call_command("maildigests", site="https://books.example/")

    first, second = (letter.body for letter in mail.outbox)
    assert "Reader 2 and 1 other commented on “Emma”" in first
    assert "Reader 4 and 1 other commented on “Emma”" in second


def test_the_page_takes_the_same_queries_however_much_is_gathered(ana, as_ana):
    def queries() -> int:
        with CaptureQueriesContext(connection) as kept:
            as_ana.get("/notifications/")
        return len(kept)

    commented(published(author=ana)[0])
    few = queries()
    for _ in range(3):
        post, _ = published(author=ana)
        for someone in people(4):
            commented(post, author=someone)

    assert queries() == few


# --- Removed


REMOVALS = {
    "its author": lambda item: item.remove(),
    "a moderator": lambda item: item.take_down(TakenDown.HIDDEN, lambda: []),
}


@pytest.mark.parametrize("by", REMOVALS)
@pytest.mark.parametrize("kind", ["post", "comment"])
def test_what_was_removed_is_in_no_entry_and_no_count(ana, ben, as_ben, by, kind):
    ana.followers.create(follower=ben)
    post, _ = published(author=ana, title="Emma")
    said = commented(post, author=ben)
    reply = commented(post, "So it is.", author=ana, parent=said)
    reply.like(ben, True)
    assert bell(ben) == 2

    change = REMOVALS[by]({"post": post, "comment": reply}[kind])

    assert len(entries(as_ben)) == bell(ben) == {"post": 0, "comment": 1}[kind]
    assert ben.pk in change.users


def test_what_comes_back_is_counted_again(ana, ben, as_ben):
    ana.followers.create(follower=ben)
    post, _ = published(author=ana, title="Emma")
    post.remove()
    assert bell(ben) == 0

    change = post.restore()

    assert bell(ben) == 1
    assert entries(as_ben) == ["Ana posted Emma"]
    assert change.users == [ben.pk]


def test_a_comment_that_a_moderator_puts_back_is_counted_again(post, ana, ben):
    said = commented(post, author=ben)
    said.take_down(TakenDown.HIDDEN, lambda: [])
    assert bell(ana) == 0

    change = said.put_back(lambda: [])

    assert bell(ana) == 1
    assert ana.pk in change.users


def test_what_goes_with_an_account_or_a_spammer_is_counted_no_more_and_again(ana, ben):
    """On a post of Ana's, Cy replies to Ben: the post goes, the comment of Cy's stays as it is."""
    post, _ = published(author=ana)
    said = commented(post, author=ben)
    commented(post, author=UserFactory(username="cy"), parent=said)
    assert bell(ben) == 1

    admin = UserFactory(is_superuser=True)
    purge = carry_out(ModerationAction.of(admin, Verb.PURGE, ana, reason=Reason.SPAM))
    assert bell(ben) == 0
    assert ben.pk in purge.users

    ana.refresh_from_db()
    back = carry_out(ModerationAction.of(admin, Verb.UNPURGE, ana, reason=Reason.SPAM))
    assert bell(ben) == 1
    assert ben.pk in back.users

    ana.refresh_from_db()
    leave(ana, keeps_texts=False)
    assert bell(ben) == 0
    assert ben.pk in Change.objects.filter(kind=Kind.POST_REMOVED).newest().users


def test_comments_that_go_with_an_account_are_counted_no_more(post, ana, ben):
    commented(post, author=ben)

    leave(ben, keeps_texts=False)

    assert bell(ana) == 0
    assert ana.pk in Change.objects.filter(kind=Kind.COMMENT_REMOVED).newest().users


def test_of_several_that_are_gathered_one_is_removed(post, ana, as_ana):
    one, two, three = people(3)
    commented(post, author=one)
    said = commented(post, author=two)
    last = commented(post, author=three)

    said.remove()
    assert entries(as_ana) == ["Reader 3 and 1 other commented on Emma"]

    last.remove()
    assert entries(as_ana) == ["Reader 1 commented on Emma"]
    assert bell(ana) == 1


def test_a_link_from_an_old_mail_leads_to_the_place_all_the_same(post, as_ana):
    commented(post, "Never mind.").remove()

    pk = Notification.objects.get().pk

    assert as_ana.get(f"/notifications/{pk}/", follow=True).status_code == 200
    post.remove()
    assert as_ana.get(f"/notifications/{pk}/", follow=True).status_code == 410


def test_a_thousand_followers_take_few_queries(ana, django_assert_max_num_queries):
    readers = User.objects.bulk_create(
        [User(username=f"follower{number}", password="!") for number in range(1_000)]
    )
    ana.followers.bulk_create([ana.followers.model(follower=each, author=ana) for each in readers])
    post, _ = published(author=ana)
    assert set(User.objects.exclude(pk=ana.pk).values_list("unread", flat=True)) == {1}

    with django_assert_max_num_queries(20):
        Post.objects.get(pk=post.pk).remove()

    assert set(User.objects.values_list("unread", flat=True)) == {0}


# --- The bell


@pytest.mark.parametrize(("unread", "shown"), [(1, "1"), (99, "99"), (100, "99+"), (4_000, "99+")])
def test_the_bell_says_at_most_ninety_nine(ana, as_ana, unread, shown):
    User.objects.filter(pk=ana.pk).update(unread=unread)

    for text in (as_ana.get("/").content.decode(), bells([ana.pk])[ana.pk]):
        assert f'bell-count">{shown}<' in text
