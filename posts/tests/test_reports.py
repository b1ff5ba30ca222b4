"""Reports, and the queue in which moderators find them."""

import pytest
from django.db import IntegrityError, transaction

from accounts.factories import UserFactory
from accounts.models import User
from posts.factories import commented, published
from posts.models import (
    Post,
    Report,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(ana) -> Post:
    return published(author=ana, title="Emma", body="Buy my pills.")[0]


# --- Reports


@pytest.mark.parametrize("what", ["post", "comment", "person"])
def test_a_report_sent_twice_is_one_and_thanks(post, ana, as_ben, what):
    comment = commented(post, "Pills!", author=ana)
    path = {
        "post": f"/report/posts/{post.pk}/",
        "comment": f"/report/posts/{post.pk}/comments/{comment.pk}/",
        "person": "/report/readers/ana/",
    }[what]

    for _ in range(2):
        page = as_ben.post(path, {"reason": "spam", "text": "Look."}, follow=True)
        assert "Thank you. A moderator will look at it." in page.content.decode()

    report = Report.objects.get()
    assert (report.person, report.reason, report.text) == (ana, "spam", "Look.")
    assert what in report.target


def test_two_reports_at_once_are_one(ana, ben):
    Report.objects.file(ben, "spam", person=ana)

    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(reporter=ben, reason="spam", person=ana, target=f"person-{ana.pk}")


def test_one_cannot_report_oneself_nor_what_is_not_there(post, as_ana, as_ben, client):
    assert as_ana.post(f"/report/posts/{post.pk}/", {"reason": "spam"}).status_code == 302
    assert as_ben.post("/report/posts/999/", {"reason": "spam"}).status_code == 404
    assert "/login/" in client.post(f"/report/posts/{post.pk}/", {"reason": "spam"})["Location"]
    assert as_ben.post(f"/report/posts/{post.pk}/", {"text": "Why?"}).status_code == 422
    post.remove()
    assert as_ben.post(f"/report/posts/{post.pk}/", {"reason": "spam"}).status_code == 404
    assert not Report.objects.exists()


def test_a_link_to_report_stands_on_every_post_comment_and_person(post, ana, client):
    comment = commented(post, author=ana)

    home, room = client.get("/"), client.get(post.get_absolute_url())
    shelf = client.get("/readers/ana/")

    link = f'href="/report/posts/{post.pk}/'
    assert f'{link}"' in home.content.decode()
    assert f'{link}"' in room.content.decode()
    assert f'{link}comments/{comment.pk}/"' in room.content.decode()
    assert 'href="/report/readers/ana/"' in shelf.content.decode()


# --- The queue


def test_the_queue_groups_what_was_reported_with_who_and_why(post, ana, as_mod):
    for number in range(7):
        reporter = UserFactory(username=f"reporter{number}")
        Report.objects.file(reporter, "abuse", "Rude.", person=ana, post_id=post.pk)

    page = as_mod.get("/moderation/").content.decode()

    assert page.count('id="reported-') == 1
    assert "7 reports" in page
    assert "reporter6" in page and "Rude." in page
    assert "and 2 more" in page
    assert '<span class="bell-count">1' in as_mod.get("/").content.decode()


def test_the_queue_comes_in_pages(ana, ben, as_mod, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("posts.pages.queue.QUEUE_SIZE", 2)
    people = [UserFactory() for _ in range(5)]
    for person in people:
        Report.objects.file(ben, "spam", person=person)
    seen, path = [], "/moderation/"
    while path:
        with django_assert_max_num_queries(8):
            page = as_mod.get(path).content.decode()
        seen += [each.pk for each in people[::-1] if f'id="reported-person-{each.pk}"' in page]
        older = page.partition('rel="next" href="')[2].partition('"')[0]
        path = f"/moderation/{older}" if older else None

    assert seen == [each.pk for each in people[::-1]]


@pytest.mark.parametrize("path", ["", "actions/", "appeals/"])
def test_only_moderators_see_it(path, as_ana, ana, client):
    User.objects.filter(pk=ana.pk).update(is_staff=True)

    assert as_ana.get(f"/moderation/{path}").status_code == 403
    assert client.get(f"/moderation/{path}").status_code == 302
