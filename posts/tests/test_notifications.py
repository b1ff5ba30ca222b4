"""What somebody is told, and that nobody else is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from lxml import html

from accounts.factories import UserFactory
from accounts.models import User
from bookshelf.log import Change
from posts.factories import commented, published
from posts.live.bell import bells
from posts.models import Notification


@pytest.fixture
def post(ana):
    """A post of Ana's."""
    return published(author=ana)[0]


def told(user: User) -> list[tuple[str, str]]:
    """Kind and actor of what the user is told, the latest first; the count has to agree."""
    user.refresh_from_db()
    found = Notification.objects.of(user).newest_first().select_related("actor")
    assert user.unread == found.unread().entries().count()
    return [(each.kind, each.actor.username) for each in found]


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_who_is_being_told_may_write_meanwhile(post, ana, ben):
    """A commit looks whether the author is there, and holds the log's counter: it must not wait."""

    def commit_of_ana() -> None:
        try:
            with connection.cursor() as cursor:
                look = "SELECT 1 FROM accounts_user WHERE id = %s FOR KEY SHARE NOWAIT"
                cursor.execute(look, [ana.pk])
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as elsewhere:
        commented(post, author=ben)
        elsewhere.submit(commit_of_ana).result(10)


# --- Who is told what


def test_an_author_is_told_of_comments_and_of_replies(post, ana, ben):
    comment = commented(post, author=ben)
    commented(post, author=ana, parent=comment)

    assert told(ana) == [("commented", "ben")]
    assert told(ben) == [("replied", "ana")]


def test_who_is_mentioned_is_told_once(post, ana, ben):
    commented(post, "What do you say, @ben? And @ana, and @nobody. Mail me at x@ben.", author=ana)

    assert told(ben) == [("mentioned", "ana")]
    assert told(ana) == []


def test_a_mention_in_a_post_or_in_an_edit_tells_as_well(ana, ben):
    post, _ = published(author=ana, body="As @ben said.")
    post.body += " Yes, @ben."
    post.revise()
    assert told(ben) == [("mentioned", "ana")]

    comment = commented(post, "Hm.", author=ana)
    comment.revise("Hm, @ben?")
    assert told(ben) == [("mentioned", "ana")] * 2


def test_a_comment_tells_each_person_once(post, ana, ben):
    comment = commented(post, author=ben)
    Notification.objects.of(ana).mark_read(ana)

    commented(post, "@ben, @ana!", parent=comment)

    assert [kind for kind, _ in told(ben)] == ["replied"]
    assert [kind for kind, _ in told(ana)] == ["mentioned", "commented"]


def test_nobody_is_told_what_they_did_themselves(post, ana):
    comment = commented(post, "I, @ana, say so.", author=ana)
    commented(post, author=ana, parent=comment)
    post.like(ana, True)

    assert told(ana) == []


def test_likes_are_gathered_until_they_are_read(post, ana, as_ana):
    for number in range(12):
        post.like(UserFactory(name=f"Liker {number}"), True)

    assert len(told(ana)) == 1
    assert "<bdi>Liker 11</bdi> and 11 others" in as_ana.get("/notifications/").content.decode()

    Notification.objects.of(ana).mark_read(ana)
    post.like(UserFactory(), True)
    assert len(told(ana)) == 2


def test_likes_that_are_taken_back_are_not_told(post, ana, ben):
    other = UserFactory(username="cy")
    for user in (other, ben):
        post.like(user, True)

    post.like(ben, False)
    assert told(ana) == [("liked", "cy")]

    post.like(other, False)
    assert told(ana) == []


def test_a_like_of_a_comment_tells_who_said_it(post, ana, ben):
    comment = commented(post, author=ben)

    comment.like(ana, True)

    assert told(ben) == [("liked", "ana")]


def test_followers_are_told_of_a_new_post_and_not_of_an_edit(ana, ben, as_ben):
    as_ben.post("/readers/ana/follow/", {"following": "1"})

    post, change = published(author=ana)
    post.revise()

    assert told(ben) == [("posted", "ana")]
    assert change.users == [ben.pk]


@pytest.mark.parametrize("kind", ["commented", "liked"])
def test_what_is_muted_is_not_told(post, ana, ben, kind):
    ana.muted = [kind]
    ana.save()

    commented(post, author=ben)
    post.like(ben, True)

    assert [each for each, _ in told(ana)] == [{"commented": "liked", "liked": "commented"}[kind]]


# --- The page


def test_the_page_shows_what_is_new_and_where(post, as_ana, ben):
    commented(post, "Quite so. ||He dies.||", author=ben)

    page = as_ana.get("/notifications/").content.decode()

    assert post.title in page
    assert "Quite so." in page
    assert "He dies" not in page
    assert "Ben" in page


def test_a_reader_sees_only_their_own(post, as_ben, ben):
    commented(post, "For Ana alone.", author=UserFactory())
    theirs = Notification.objects.get()

    assert "For Ana alone." not in as_ben.get("/notifications/").content.decode()
    assert as_ben.get(f"/notifications/{theirs.pk}/").status_code == 404
    as_ben.post("/notifications/read/", {"id": theirs.pk})
    assert as_ben.post("/notifications/read/", {"open": theirs.pk}).status_code == 404
    assert Notification.objects.unread().count() == 1


def test_opening_one_leads_there_and_marks_it_read(post, ana, as_ana):
    comment = commented(post)
    form = html.fromstring(as_ana.get("/notifications/").content).find_class("notice-open")[0]
    button = form.find_class("notice-what")[0]

    response = as_ana.post(form.get("action"), {button.get("name"): button.get("value")})

    assert response["Location"] == comment.get_absolute_url()
    ana.refresh_from_db()
    assert ana.unread == 0
    assert Change.objects.newest().users == [ana.pk]


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_in_a_mail_leads_there_and_marks_nothing_read(post, ana, as_ana, method):
    comment = commented(post)
    before = Change.objects.cursor()

    response = getattr(as_ana, method)(f"/notifications/{Notification.objects.get().pk}/")

    assert response["Location"] == comment.get_absolute_url()
    ana.refresh_from_db()
    assert ana.unread == 1
    assert Change.objects.cursor() == before


def test_all_that_was_seen_is_marked_read_at_once_and_what_came_meanwhile_not(post, ana, as_ana):
    commented(post)
    commented(post)
    seen = Notification.objects.newest_first().first().pk
    commented(post)

    for _ in range(2):
        as_ana.post("/notifications/read/", {"until": seen})

    ana.refresh_from_db()
    assert ana.unread == Notification.objects.unread().count() == 1


def test_many_notifications_are_read_in_pages(post, ana, as_ana, django_assert_max_num_queries):
    for _ in range(35):
        commented(published(author=ana)[0], author=UserFactory())

    with django_assert_max_num_queries(6):
        page = as_ana.get("/notifications/").content.decode()

    assert page.count('class="notice ') == 30
    assert "?before=" in page


@pytest.mark.parametrize("path", ["/notifications/", "/notifications/1/", "/following/"])
def test_a_guest_is_asked_to_sign_in(db, client, path):
    assert "/accounts/login/" in client.get(path)["Location"]


# --- The bell


def test_the_bell_counts_what_is_unread_without_a_query_of_its_own(post, ana, as_ana):
    commented(post)

    assert 'bell-count">1<' in as_ana.get("/").content.decode()
    assert 'bell-count">1<' in bells([ana.pk])[ana.pk]
    assert "bell" not in bells([])


# --- Following


def test_following_says_what_is_wanted(ana, ben, as_ben):
    for wanted, found in (("1", 1), ("1", 1), ("0", 0), ("0", 0)):
        as_ben.post("/readers/ana/follow/", {"following": wanted})
        assert ben.following.count() == found


def test_a_page_lists_the_posts_of_those_one_follows_only(post, ana, as_ben):
    other, _ = published()
    as_ben.post("/readers/ana/follow/", {"following": "1"})

    page = as_ben.get("/following/").content.decode()

    assert (post.title in page, other.title in page) == (True, False)
    assert f"topic=author-{ana.pk}" in page


def test_nobody_follows_themselves_or_nobody(as_ana):
    for name in ("ana", "nobody"):
        assert as_ana.post(f"/readers/{name}/follow/", {"following": "1"}).status_code == 404
