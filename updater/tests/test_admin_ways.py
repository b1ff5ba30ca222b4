"""Whatever the admin offers reaches open pages, counts and search, or is not offered.

A walk over all models that are registered, each of their fields and each of their actions.
"""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from lxml import html

from accounts.factories import UserFactory
from accounts.models import BlockedMail, Invitation, User
from bookshelf.log import Cursor
from bookshelf.models import QueuedMail, SitePage
from posts.factories import commented, published
from posts.models import Appeal, Comment, ModerationAction, Post, Report, Tag
from posts.models.moderation import Verb
from posts.models.report import Reason
from updater.log_reader import LogReader
from updater.tests.page import Page

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NEW = {
    "auth.Group": {"name": "Helpers"},
    "account.EmailAddress": {"user": "1", "email": "other@example.com"},
    "accounts.User": {
        "username": "dora",
        "password1": "a very quiet room",
        "password2": "a very quiet room",
        "usable_password": "true",
    },
    "posts.Tag": {"name": "Elegy"},
    "posts.Post": {"author": "1", "title": "Ulysses", "book_author": "Joyce", "body": "Yes."},
    "posts.Comment": None,
    "mfa.Authenticator": None,
    "socialaccount.SocialAccount": None,
    "usersessions.UserSession": None,
    "accounts.BlockedMail": {"pattern": "junk.example"},
    "accounts.Invitation": None,
    "bookshelf.QueuedMail": None,
    "bookshelf.SitePage": None,
    "posts.ModerationAction": None,
    "posts.Report": None,
    "posts.Appeal": None,
}
"""What is typed in order to add one; None where the admin does not offer it."""
READ_ONLY = {
    "accounts.Invitation",
    "bookshelf.QueuedMail",
    "posts.ModerationAction",
    "posts.Report",
    "posts.Appeal",
}


@pytest.fixture
def site(ana, ben) -> dict[str, models.Model]:
    """Some posts, comments and likes; return an object for each model of the admin."""
    post, _ = published(author=ana, title="Emma", tags=("novel", "zeugma"))
    other, _ = published(author=ben, title="Dracula", tags=("novel",))
    gone, _ = published(author=ana, title="The Lost One", tags=("novel",))
    gone.remove()
    comment = commented(post, author=ben)
    commented(post, author=ana, parent=comment)
    post.like(ben, True)
    other.pin()
    action = ModerationAction.of(ben, Verb.WARN, ana, reason=Reason.OTHER)
    action.enter()
    return {
        "auth.Group": Group.objects.create(name="Readers"),
        "account.EmailAddress": EmailAddress.objects.create(user=ana, email="ana@example.com"),
        "accounts.User": ana,
        "posts.Tag": Tag.objects.get(slug="novel"),
        "posts.Post": post,
        "posts.Comment": comment,
        "mfa.Authenticator": TOTP.activate(ana, "secret").instance,
        "socialaccount.SocialAccount": SocialAccount.objects.create(
            user=ana, provider="oidc", uid="1"
        ),
        "usersessions.UserSession": UserSession.objects.create(
            user=ana, session_key="k" * 32, ip="192.0.2.7"
        ),
        "accounts.BlockedMail": BlockedMail.objects.create(pattern="spam.example"),
        "accounts.Invitation": Invitation.objects.create(inviter=ana, token_hash="0"),
        "bookshelf.QueuedMail": QueuedMail.objects.create(to="ana@example.com", subject="Hello"),
        "bookshelf.SitePage": SitePage.objects.get(name="about"),
        "posts.ModerationAction": action,
        "posts.Report": Report.objects.file(ben, "spam", person=ana),
        "posts.Appeal": Appeal.objects.create(action=action, text="No."),
    }


@pytest.fixture
def keeper(db) -> Client:
    client = Client()
    client.force_login(UserFactory(username="keeper", is_staff=True, is_superuser=True))
    return client


class OpenPages:
    """Pages as readers have them open, before something happens."""

    def __init__(self) -> None:
        ana, ben = User.objects.get(username="ana"), User.objects.get(username="ben")
        rooms = [post.get_absolute_url() for post in Post.objects.visible()]
        self.paths = ["/", "/tags/novel/", "/tags/zeugma/", "/key/", *rooms]
        self.paths += [f"/readers/{user.username}/" for user in (ana, ben)]
        self.pages = {path: load(path) for path in self.paths}

    def follow(self) -> None:
        """Have each page get what it has missed, and compare it with a fresh load."""
        for path, page in self.pages.items():
            request = (page.topics, Cursor.parse(page.cursor))
            frames = LogReader().read((), [request]).catch_ups[request]
            fresh = load(path)
            if frames is None:
                continue
            for frame in frames:
                page.apply(frame.text)
            if fresh is None:
                # A list or a room that is no longer: what it showed has gone.
                assert page.removed or page.posts == [], path
                continue
            for what in ("removed", "heading", "about", "posts", "pinned", "counts", "comments"):
                assert getattr(page, what) == getattr(fresh, what), f"{what} of {path}"


def load(path: str) -> Page | None:
    response = Client().get(path, follow=True)
    return Page(response.content.decode()) if response.status_code == 200 else None


def address(model: type[models.Model], what: str, *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{what}", args=args)


def form_on(page: bytes) -> html.FormElement:
    return next(
        form
        for form in html.fromstring(page.decode()).forms
        if form.get("id", "").endswith("_form")
    )


def check_rows() -> None:
    """Check what is counted."""
    for post in Post.objects.all():
        assert post.likes_count == post.likes.filter(comment=None).count()
        assert post.comments_count == post.comments.filter(removed_at=None).count()
    for comment in Comment.objects.all():
        assert comment.likes_count == comment.likes.count()


def found(client: Client, words: str) -> list[str]:
    page = html.fromstring(client.get("/search/", {"q": words}).content.decode())
    return page.xpath("//article//h2//text()[normalize-space()]")


def test_every_model_of_the_admin_has_samples():
    assert {model._meta.label for model in MODELS} == set(NEW)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_what_is_added_reaches_open_pages(model, site, keeper, ana):
    pages = OpenPages()
    typed = NEW[model._meta.label]
    response = keeper.get(address(model, "add"))
    if typed is None:
        assert response.status_code == 403
        return
    fields = {**dict(form_on(response.content).form_values()), **typed}
    if "author" in typed or "user" in typed:
        fields["author" if "author" in typed else "user"] = str(ana.pk)
    before = model._default_manager.count()

    response = keeper.post(address(model, "add"), fields)

    assert response.status_code == 302, form_on(response.content).text_content()
    assert model._default_manager.count() == before + 1
    pages.follow()
    check_rows()


def ways_to_change(client: Client, model, item) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each field of the form that can be filled in, and what is sent with that one changed."""
    response = client.get(address(model, "change", item.pk))
    form = form_on(response.content)
    values = dict(form.form_values())
    for control in form.inputs:
        name, kind = control.name, control.get("type", control.tag)
        if not name or name.startswith("_") or kind in ("hidden", "submit"):
            continue
        if kind == "checkbox":
            changed = {key: value for key, value in values.items() if key != name}
            yield name, changed if name in values else {**values, name: "on"}
        elif kind in ("text", "textarea", "email"):
            if name.endswith(("_0", "_1")) or control.get("class") == "vForeignKeyRawIdAdminField":
                continue  # A date, or somebody's number: on no page.
            text = (
                "someone@example.com"
                if "email" in name
                else f"{values.get(name) or ''} once more".strip()
            )
            yield name, {**values, name: text}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_what_is_changed_reaches_open_pages(model, site, keeper):
    item = site[model._meta.label]
    ways = list(ways_to_change(keeper, model, item))
    assert ways or model._meta.label in READ_ONLY or NEW[model._meta.label] is None
    for name, fields in ways:
        pages = OpenPages()

        response = keeper.post(address(model, "change", item.pk), fields)

        assert response.status_code == 302, name
        pages.follow()
        check_rows()


def actions() -> list[tuple[type[models.Model], str]]:
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)
    return [
        (model, action)
        for model in MODELS
        for action in admin.site._registry[model].get_actions(request)
    ]


@pytest.mark.parametrize(("model", "action"), actions(), ids=str)
def test_what_an_action_does_reaches_open_pages(model, action, site, keeper):
    pages = OpenPages()
    everything = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
    sent = {"action": action, "_selected_action": everything, "post": "yes"}

    response = keeper.post(address(model, "changelist"), sent)

    # 200: the admin says what stands in the way.
    assert response.status_code == 302 or b"Cannot delete" in response.content
    pages.follow()
    check_rows()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_what_is_deleted_reaches_open_pages(model, site, keeper):
    item = site[model._meta.label]
    pages = OpenPages()

    keeper.post(address(model, "delete", item.pk), {"post": "yes"})

    pages.follow()
    check_rows()


def test_an_account_that_is_deleted_takes_what_it_wrote_along(site, keeper, ana):
    page = keeper.get(address(User, "delete", ana.pk)).content.decode()
    keeper.post(address(User, "delete", ana.pk), {"post": "yes"})

    assert "Posts: 1" in page
    assert User.objects.get(pk=ana.pk).left_at
    assert not Post.objects.visible().by(ana.pk).exists()


def test_the_last_administrator_is_not_deleted(site, keeper):
    only = User.objects.get(username="keeper")

    assert keeper.post(address(User, "delete", only.pk), {"post": "yes"}).status_code == 403
    everything = [str(pk) for pk in User.objects.values_list("pk", flat=True)]
    sent = {"action": "delete_selected", "_selected_action": everything, "post": "yes"}
    keeper.post(address(User, "changelist"), sent)

    assert User.objects.get(pk=only.pk).is_active
    assert not User.objects.exclude(pk=only.pk).filter(is_active=True).exists()


def test_search_knows_the_new_name_of_a_tag_and_not_the_old(site, keeper, client):
    assert "Emma" in found(client, "zeugma")

    keeper.post(address(Tag, "change", Tag.objects.get(slug="zeugma").pk), {"name": "Banter"})

    assert "Emma" in found(client, "banter")
    assert "Emma" not in found(client, "zeugma")
    assert client.get("/tags/banter/").status_code == 200


def test_a_tag_is_not_given_the_name_of_another(site, keeper):
    zeugma = Tag.objects.get(slug="zeugma")

    response = keeper.post(address(Tag, "change", zeugma.pk), {"name": "#NOVEL"})

    assert "Another tag has this name" in response.content.decode()
    zeugma.refresh_from_db()
    assert zeugma.name == "zeugma"


def test_a_tag_on_more_posts_than_pages_can_follow_has_them_reload(site, keeper, monkeypatch):
    monkeypatch.setattr("posts.models.tag.MOST_CHANGES", 1)
    page = load("/")

    keeper.post(address(Tag, "delete", Tag.objects.get(slug="novel").pk), {"post": "yes"})

    request = (page.topics, Cursor.parse(page.cursor))
    assert LogReader().read((), [request]).catch_ups[request] is None
    assert not Tag.objects.filter(slug="novel").exists()
