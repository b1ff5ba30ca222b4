"""Who walks about the site (ROLES), and every address that there is.

door_table.py says what each of them gets there.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.models import Block, BlockedMail, User
from bookshelf.models import QueuedMail
from bookshelf.tests.post_views import PASSWORD, World, client_of
from posts.factories import published
from posts.models import Report, Shelf, Tag

LOGIN, ADMIN_LOGIN = "login", "admin login"
"""Answers that lead to the page to sign in."""

Answer = int | str
"""A status, or one of LOGIN and ADMIN_LOGIN."""


class DoorsWorld(World):
    """Ana has written things, Ben others. Each role has a user, whose password is PASSWORD."""

    def __init__(self) -> None:
        super().__init__()
        self.cy: User = UserFactory(username="cy")
        User.objects.filter(pk=self.ana.pk).update(is_staff=False, is_superuser=False)
        self.ana.refresh_from_db()
        published(author=self.ben, title="Of Ben")
        Tag.objects.create(name="novel", slug="novel")
        Shelf.objects.show(self.ana, True)
        self.group = Group.objects.create(name="Editors")
        self.of_the_admin = {
            "accounts_blockedmail": BlockedMail.objects.create(pattern="spam.example"),
            "bookshelf_sitepage": self.site_page,
            "bookshelf_queuedmail": QueuedMail.objects.create(to="a@example.com", subject="Hello"),
            "posts_report": Report.objects.file(self.ben, "spam", person=self.ana),
            "mfa_authenticator": TOTP.activate(self.cy, "secret").instance,
            "socialaccount_socialaccount": SocialAccount.objects.create(
                user=self.cy, provider="oidc", uid="1"
            ),
            "usersessions_usersession": UserSession.objects.create(
                user=self.cy, session_key="k" * 32, ip="192.0.2.7"
            ),
        }
        self.users = {name: role.make(self) for name, role in ROLES.items()}
        for user in filter(None, self.users.values()):
            user.set_password(PASSWORD)
            user.save()
        self.clients = {name: client_of(user) for name, user in self.users.items()}

    def client(self, role: str) -> Client:
        """Return a browser of this role, which nothing has been done with."""
        client = Client(enforce_csrf_checks=True)
        client.cookies.load({name: each.value for name, each in self.clients[role].cookies.items()})
        return client


class Role(NamedTuple):
    """A kind of person."""

    make: Callable[[DoorsWorld], User | None]
    """Return the user of this kind in that world."""
    like: str = ""
    """The role whose answers they get where a row says nothing of their own."""


def moderator(world: DoorsWorld) -> User:
    user: User = UserFactory(username="moderator")
    # The group of the migrations, but for a test that has emptied the tables.
    group, _ = Group.objects.get_or_create(name="Moderators")
    group.permissions.add(*Permission.objects.filter(codename__in=["moderate", "mark_post"]))
    user.groups.add(group)
    return user


def suspended(world: DoorsWorld) -> User:
    user: User = UserFactory(suspended_until=timezone.now() + timedelta(days=1))
    return user


def blocked(world: DoorsWorld) -> User:
    """Return whom Ana has blocked."""
    user: User = UserFactory(username="blocked")
    Block.objects.put(world.ana, user, True)
    return user


ROLES = {
    "guest": Role(lambda world: None),
    "reader": Role(lambda world: UserFactory(username="dora")),
    "author": Role(lambda world: world.ana, like="reader"),
    "other author": Role(lambda world: world.ben, like="reader"),
    "blocked": Role(blocked, like="reader"),
    "suspended": Role(suspended, like="reader"),
    "banned": Role(
        lambda world: UserFactory(is_active=False, banned_at=timezone.now()), like="guest"
    ),
    "moderator": Role(moderator, like="reader"),
    "staff": Role(lambda world: UserFactory(is_staff=True), like="reader"),
    "admin": Role(lambda world: UserFactory(is_staff=True, is_superuser=True), like="moderator"),
}
"""Who walks about. `author` has written what the addresses are about; `staff` has no permission."""


# --- The addresses -------------------------------------------------------------------------------


class Address(NamedTuple):
    """An address of the resolver, as one of the objects of the world has it."""

    name: str
    route: str
    path: str
    view: Callable[..., HttpResponse]
    fields: dict[str, Any]
    """What is sent to it."""

    @property
    def key(self) -> str:
        """Its name in the table."""
        return self.name + NAMESAKES.get(self.route, "")


NAMESAKES = {"drafts/keep/<id:pk>/": " pk", "admin/(?P<url>.*)$": " url"}
"""What tells addresses of one name apart, by their routes."""


def patterns(
    resolver: URLResolver | None = None, route: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Yield the name, the whole route and the pattern of every address of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or "") or pattern.callback.__name__, whole, pattern
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern, whole, inner)


def addresses(world: DoorsWorld) -> list[Address]:
    """Return every address of the site."""
    samples = world.samples()
    found = []
    for name, route, pattern in patterns():
        arguments, fields = samples.get(name, ({}, {}))
        names = set(re.findall(r"<(?:\w+:)?(\w+)>", route))
        values = arguments_of(world, name, route) | arguments
        found.append(
            Address(name, route, path_of(name, route, names, values), pattern.callback, fields)
        )
    return found


def arguments_of(world: DoorsWorld, name: str, route: str) -> dict[str, Any]:
    """Return what stands in the paths of views that take no POST, and of the admin."""
    objects = {
        "auth_group": world.group, "account_emailaddress": world.unconfirmed,
        "accounts_user": world.ben, "accounts_invitation": world.invitation,
        "posts_tag": Tag.objects.get(slug="novel"), "posts_post": world.post,
        "posts_comment": world.comment, "posts_moderationaction": world.warning,
        "posts_appeal": world.appeal,
    } | world.of_the_admin  # fmt: skip
    model = re.sub(r"^admin/(\w+)/(\w+)/.*", r"\1_\2", route)
    shown = objects.get(model, world.post).pk
    return world.all_arguments(name) | {
        "slug": "novel" if "tag" in name else world.post.slug, "key": world.post.book_key,
        "object_id": shown, "id": shown, "app_label": "posts", "content_type_id": 1,
        "url": "nowhere",
    }  # fmt: skip


def path_of(name: str, route: str, names: set[str], values: dict[str, Any]) -> str:
    try:
        return reverse(name, kwargs={each: values[each] for each in names})
    except NoReverseMatch:
        # Of the admin, without a name.
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), route)
        return "/" + path.replace("(?Pnowhere.*)$", "nowhere")


NOT_COUNTED = {"django_session", "bookshelf_cache", "bookshelf_requesthistory"}
"""Tables of who is signed in, and of what the limits count."""

WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)


class Writes:
    """Notes which tables are written to: `with connection.execute_wrapper(writes := Writes()):`."""

    def __init__(self) -> None:
        self.tables: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if (found := WRITE.match(sql)) and found[1] not in NOT_COUNTED:
            self.tables.append(found[1])
        return execute(sql, *args)


@contextmanager
def undone() -> Iterator[Writes]:
    """Undo afterwards what is stored meanwhile."""
    with transaction.atomic(), connection.execute_wrapper(writes := Writes()):
        yield writes
        transaction.set_rollback(True)


def send(
    world: DoorsWorld, role: str, method: str, address: Address, query: str = "", **more: Any
) -> tuple[Any, list[str]]:
    """Send a request, with a valid CSRF token; return the answer and the tables written to.

    It is undone afterwards. `more` are further headers, and in `fields` further fields.
    """
    client = world.client(role)
    token = client.cookies["csrftoken"].value
    fields, path = more.pop("fields", {}), address.path + query
    with undone() as writes:
        if method == "post":
            fields = address.fields | fields | {"csrfmiddlewaretoken": token}
            response = client.post(path, fields, headers=more)
        else:
            response = getattr(client, method)(path, headers=more | {"X-CSRFToken": token})
    return response, writes.tables


def answer_of(response: HttpResponse) -> Answer:
    """Return the status, or to which page to sign in it leads."""
    where = response.get("Location", "")
    if where.startswith("/accounts/login/?"):
        return LOGIN
    return ADMIN_LOGIN if where.startswith("/admin/login/") else response.status_code
