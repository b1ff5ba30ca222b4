"""Who is suspended reads, and writes nothing that others see; who is banned does not get in."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts import standing
from accounts.factories import UserFactory
from accounts.models import User
from accounts.standing import appeal_token, refusal
from bookshelf.tests.post_views import PASSWORD, WITHOUT_POST, World, path_of, view_names
from bookshelf.tests.test_stale_forms import stored
from posts.models import ModerationAction
from posts.models.moderation import Verb
from posts.models.report import Reason
from posts.moderation.verbs import carry_out

pytestmark = pytest.mark.django_db

PERSONAL = {
    "posts:comment_keep", "posts:draft_keep", "posts:draft_discard", "posts:notifications_read",
    "posts:shelve", "posts:shelf_move", "accounts:settings", "moderation:notice",
    "moderation:banned",
}  # fmt: skip
"""Views of what nobody else sees, and those on which one appeals. allauth's are about the account:
signing in, its password, its address."""

OF_THE_ACCOUNT = (
    "account_", "accounts:", "mfa_", "usersessions_", "socialaccount_", "github_",
    "openid_connect_", "admin:", "posts:block",
)  # fmt: skip
"""Beginnings of the names of views about one's own account, and whom one has blocked."""

SEEN_BY_OTHERS = sorted(
    name for name in view_names() - WITHOUT_POST - PERSONAL if not name.startswith(OF_THE_ACCOUNT)
)


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return World()


def suspend(user: User, **ago: float) -> None:
    User.objects.filter(pk=user.pk).update(suspended_until=timezone.now() + timedelta(days=3))


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_walk_finds_views_that_others_see():
    assert {"posts:create", "posts:like", "posts:follow", "moderation:report_post"} <= set(
        SEEN_BY_OTHERS
    )


@pytest.mark.parametrize("name", SEEN_BY_OTHERS)
def test_who_is_suspended_writes_nothing_that_others_see(world, name):
    arguments, fields = world.samples()[name]
    client = as_(world.ana)
    suspend(world.ana)
    before = stored()

    response = client.post(path_of(name, arguments), fields)

    assert response.status_code == 403
    assert stored() == before
    page = response.content.decode()
    if not name.startswith("moderation:") or "report" in name:
        assert "a moderator has suspended you" in page
        assert 'href="/standing/"' in page
        assert all(line in page for line in fields.get("body", "").split("\n")[:1])


def test_they_read_keep_drafts_and_change_their_settings(world):
    client = as_(world.ana)
    suspend(world.ana)

    page = client.get(world.post.get_absolute_url())
    wanted = {"name": "Another", "about": "Others see this.", "wanted": ["liked"]}
    client.post("/accounts/settings/", wanted)

    assert page.status_code == 200
    assert "You can read, but not write, until" in page.content.decode()
    world.ana.refresh_from_db()
    assert (world.ana.name, world.ana.about, "mentioned" in world.ana.muted) == ("Ana", "", True)
    assert client.post("/drafts/keep/", {"submission": "x", "body": "A"}).status_code != 403


def test_it_ends_by_itself(ana, as_ana):
    User.objects.filter(pk=ana.pk).update(suspended_until=timezone.now())
    ana.refresh_from_db()

    form = {"title": "Emma", "book_author": "Jane", "body": "Good."}
    assert refusal(ana) == ""
    assert as_ana.post("/posts/new/", form).status_code == 302


# --- Banned


@pytest.fixture
def sam() -> User:
    return UserFactory(username="sam", password=make_password(PASSWORD))


def act(verb: Verb, person: User, **fields) -> ModerationAction:
    admin, _ = User.objects.get_or_create(username="admin", is_superuser=True)
    fields = {"reason": Reason.SPAM, "text": "Pills, again."} | fields
    action = ModerationAction.of(admin, verb, person, **fields)
    carry_out(action)
    return action


def test_who_is_banned_is_told_so_after_the_right_password_alone(sam, client):
    browser = as_(sam)
    act(Verb.BAN, sam)

    right = client.post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    wrong = client.post("/accounts/login/", {"login": "sam", "password": "wrong"})
    nobody = client.post("/accounts/login/", {"login": "nemo", "password": "wrong"})

    assert browser.get("/shelf/").status_code == 302
    assert right["Location"].startswith("/standing/banned/")
    page = client.get(right["Location"]).content.decode()
    assert "This account is banned" in page
    assert "Pills, again." in page
    said = [
        re.search(r'role="alert">([^<]*)', each.content.decode())[1] for each in (wrong, nobody)
    ]
    assert said[0] == said[1]
    assert "_auth_user_id" not in client.session


def test_the_link_to_appeal_ends_and_is_of_one_person(sam, client, monkeypatch):
    act(Verb.BAN, sam)
    token = appeal_token(sam)
    assert client.get(f"/standing/banned/{token}/").status_code == 200

    for odd in (f"{token}x", "x", signing.dumps(sam.pk), signing.dumps(sam.pk, salt="other")):
        assert client.get(f"/standing/banned/{odd}/").status_code == 404
    assert client.get(f"/standing/banned/{appeal_token(UserFactory())}/").status_code == 404
    monkeypatch.setattr(standing, "APPEAL_FOR", timedelta(seconds=-1))
    assert client.get(f"/standing/banned/{token}/").status_code == 404


def test_a_ban_that_is_lifted_lets_in_and_an_account_that_was_closed_stays_closed(sam, client):
    closed = UserFactory(is_active=False)
    act(Verb.BAN, sam)
    act(Verb.BAN, closed)

    act(Verb.UNBAN, sam)
    act(Verb.UNBAN, closed)

    answer = client.post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    assert answer["Location"] == "/"
    assert not User.objects.get(pk=closed.pk).is_active


# --- Roles


def values_of(user: User) -> dict:
    """Return all that was read of an account."""
    return {name: value for name, value in vars(user).items() if name != "_state"}


def test_moderators_are_a_group_and_superusers_are_among_them(ana, ben):
    ana.groups.add(Group.objects.get(name="Moderators"), Group.objects.create(name="Others"))
    ben.unread, ben.muted, ben.digest, ben.avatar = 3, ["liked"], True, "avatars/ben.png"
    ben.last_login = ben.suspended_until = timezone.now() + timedelta(days=1)
    ben.save()
    admin = UserFactory(is_superuser=True)
    staff = UserFactory(is_staff=True)

    fetched = {each.pk: each for each in User.objects.with_permissions()}

    roles = {each.pk: (each.is_moderator, each.may_mark_posts) for each in fetched.values()}
    assert roles == {
        ana.pk: (True, True),
        ben.pk: (False, False),
        admin.pk: (True, True),
        staff.pk: (False, False),
    }
    # As the account of a request.
    read = {pk: User.objects.get_with_permissions(pk) for pk in roles}
    assert {pk: (each.is_moderator, each.may_mark_posts) for pk, each in read.items()} == roles
    assert {pk: values_of(each) for pk, each in read.items()} == {
        pk: values_of(each) for pk, each in fetched.items()
    }
    assert User.objects.get_with_permissions(staff.pk + 1) is None
    # Without what was fetched along.
    found = {each.pk: (each.is_moderator, each.may_mark_posts) for each in User.objects.all()}
    assert found == roles
    assert set(User.objects.moderators()) == {ana, admin}


def test_a_moderator_acts_on_readers_alone_and_an_admin_on_moderators_too(ana, ben):
    group = Group.objects.get(name="Moderators")
    moderator, other = UserFactory(), UserFactory()
    moderator.groups.add(group)
    other.groups.add(group)
    admin, second = UserFactory(is_superuser=True), UserFactory(is_superuser=True)
    staff = UserFactory(is_staff=True)

    on = {each: moderator.may_act_on(each) for each in (ana, other, admin, staff, moderator)}
    assert list(on.values()) == [True, False, False, False, False]
    assert all(admin.may_act_on(each) for each in (ana, other, second, staff))
    assert not admin.may_act_on(admin)
    assert not ana.may_act_on(ben)


def test_a_page_asks_nothing_more_for_the_role(ana, as_ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert not User.objects.get_with_permissions(ana.pk).is_moderator
