"""Have everything that people write say the same, and walk over the pages that show it."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db import models
from django.http import HttpResponse
from django.test import Client

from accounts.models import Block, User
from accounts.tests.proof import reauthenticate
from bookshelf.tests.door_table import TABLE
from bookshelf.tests.doors import DoorsWorld, addresses
from posts.factories import commented
from posts.models import (
    Appeal,
    Comment,
    Draft,
    Follow,
    Like,
    ModerationAction,
    Notification,
    Post,
    Report,
    Revision,
    ShelvedBook,
    Tag,
)

ROLES = ("guest", "reader", "author", "other author", "suspended", "moderator")

LINES = {
    Post: ("title", "book_author"),
    Revision: ("title", "book_author"),
    Draft: ("title", "book_author", "tags"),
    ShelvedBook: ("title", "book_author"),
}
TEXTS = {
    Post: ("body",), Revision: ("body",), Draft: ("body",), Comment: ("body",), User: ("about",),
    Report: ("text",), ModerationAction: ("text",), Appeal: ("text", "answer"),
}  # fmt: skip


class Page(NamedTuple):
    """A page as somebody sees it."""

    role: str
    path: str
    html: str
    is_found: bool

    def __str__(self) -> str:
        return f"{self.path} ({self.role})"


class WrittenWorld(DoorsWorld):
    """A world in which everybody is called `word`, and writes nothing but that."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self._do_more()
        for fields in (LINES, TEXTS):
            for model, names in fields.items():
                _set(model, dict.fromkeys(names, word if fields is LINES else f"{word}\n\n{word}"))
        _set(Tag, {"name": word[:60]})
        self.names = {}
        for user in User.objects.all():
            self.names[user.username] = f"{word}{user.pk}"
            _set(User, {"name": f"{word}{user.pk}"[-80:], "username": f"{word}{user.pk}"}, user.pk)

    def _do_more(self) -> None:
        """Have everything happen that some page shows."""
        dora, moderator = self.users["reader"], self.users["moderator"]
        for who in (dora, self.ben, moderator):
            Like.objects.create(user=who, post=self.post)
        Post.objects.filter(pk=self.post.pk).update(likes_count=12, is_key=True)
        Comment.objects.filter(pk=self.comment.pk).update(likes_count=2)
        for follower, followed in ((dora, self.ana), (self.ana, self.ben), (self.ben, self.ana)):
            Follow.objects.create(follower=follower, author=followed)
        Block.objects.put(dora, self.users["staff"], True)
        commented(self.post, "A reply.", author=dora, parent=self.comment)
        ShelvedBook.objects.put(dora, self.post, "reading")
        ShelvedBook.objects.put(dora, self.other, "read")
        for kind in ("commented", "replied", "mentioned", "liked", "posted"):
            for user in (self.ana, dora):
                Notification.objects.create(
                    user=user, actor=self.ben, kind=kind, post=self.post, comment=self.reply
                )

    def pages(self, roles: tuple[str, ...] = ROLES, language: str = "en") -> Iterator[Page]:
        """Yield every page that these are shown, one of each error; but not the admin's."""
        known = [each for each in addresses(self) if not each.name.startswith("admin:")]
        for role in roles:
            client, errors = client_with_session(self.users[role]), set()
            client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
            for address in known:
                if address.key not in TABLE:
                    continue
                response = client.get(self._renamed(address.path) + QUERIES.get(address.name, ""))
                if is_page(response) and response.status_code not in errors:
                    is_found = response.status_code == HTTPStatus.OK
                    errors |= {response.status_code} - {HTTPStatus.OK}
                    yield Page(role, address.path, response.content.decode(), is_found)

    def _renamed(self, path: str) -> str:
        for before, after in self.names.items():
            path = path.replace(f"/readers/{before}/", f"/readers/{quote(after)}/")
        return path


QUERIES = {"posts:search": "?q=Persuasion"}


def client_with_session(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
        reauthenticate(client, user)
    return client


def is_page(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith("text/html") and b"<main" in response.content


def _set(model: type[models.Model], values: dict[str, Any], pk: int | None = None) -> None:
    # Not the model's own: some allow no updates.
    rows = models.QuerySet(model)
    (rows if pk is None else rows.filter(pk=pk)).update(**values)
