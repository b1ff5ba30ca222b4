"""The sample posts of an empty database."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import User
from bookshelf.log import Change
from bookshelf.site_pages.page import SitePage
from posts.factories import published
from posts.models import Comment, Like, Notification, Post
from posts.seeding.samples import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_debug(settings):
    settings.DEBUG = True


def test_an_empty_database_gets_posts_comments_and_likes(in_debug, capsys):
    call_command("sampleshelf", "--if-empty")

    assert Post.objects.count() >= 40
    assert Comment.objects.count() >= 20
    assert Like.objects.count() >= 40
    written = [each.objects.count() for each in (Post, Comment, Like, SitePage)]
    assert Change.objects.count() == sum(written)
    assert SitePage.objects.public().count() == 3
    assert User.objects.count() == 5
    assert PASSWORD in capsys.readouterr().out


def test_its_newest_post_is_the_latest_written(in_debug):
    call_command("sampleshelf")

    written = list(Post.objects.newest_first().values_list("created_at", flat=True))
    assert written == sorted(written, reverse=True)


def test_nobody_comments_before_the_post_or_replies_before_the_comment(in_debug):
    call_command("sampleshelf")

    for comment in Comment.objects.select_related("post", "parent"):
        before = comment.parent or comment.post
        assert before.created_at < comment.created_at
    in_order = list(Comment.objects.order_by("pk").values_list("created_at", flat=True))
    assert in_order == sorted(in_order)


def test_the_newest_posts_have_comments_and_likes(in_debug, client):
    call_command("sampleshelf")

    newest = Post.objects.newest_first()[:5]
    assert all(post.comments_count for post in newest)
    assert sum(post.likes_count for post in newest) >= 5
    assert client.get("/").status_code == 200


def test_what_the_sample_author_is_notified_of_is_as_old_as_what_happened(in_debug):
    call_command("sampleshelf")

    said = Notification.objects.filter(comment__isnull=False)
    assert said
    for each in said.select_related("comment"):
        assert each.at == each.comment.created_at


def test_exactly_one_sample_author_can_sign_in_with_the_printed_password(in_debug):
    call_command("sampleshelf")

    names = [user.username for user in User.objects.all()]
    able = [name for name in names if authenticate(username=name, password=PASSWORD)]
    assert len(able) == 1
    assert sum(user.has_usable_password() for user in User.objects.all()) == 1


def test_outside_debug_nobody_can_sign_in(settings):
    settings.DEBUG = False

    call_command("sampleshelf")

    assert Post.objects.exists()
    assert not SitePage.objects.public().exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_outside_debug_nothing_comes_by_itself(settings):
    settings.DEBUG = False

    call_command("sampleshelf", "--if-empty")

    assert not Post.objects.exists()


def test_a_shelf_in_use_is_left_alone(in_debug, ana):
    published(author=ana)

    call_command("sampleshelf", "--if-empty")
    with pytest.raises(CommandError):
        call_command("sampleshelf")

    assert Post.objects.count() == 1
