"""The first shelf."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import User
from bookshelf.log import Change
from bookshelf.site_pages.page import SitePage
from posts.factories import published
from posts.management.commands.sampleshelf import PASSWORD
from posts.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_debug(settings):
    settings.DEBUG = True


def test_an_empty_database_gets_a_real_shelf(in_debug, capsys):
    call_command("sampleshelf", "--if-empty")

    assert Post.objects.count() == Change.objects.filter(kind="post_created").count() >= 40
    assert SitePage.objects.public().count() == 3
    assert User.objects.count() == 5
    assert PASSWORD in capsys.readouterr().out


def test_its_newest_post_is_the_latest_written(in_debug):
    call_command("sampleshelf")

    written = list(Post.objects.newest_first().values_list("created_at", flat=True))
    assert written == sorted(written, reverse=True)


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
