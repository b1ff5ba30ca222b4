"""Another process that writes posts, so that the servers' own time is that of the fan-out alone.

    python -m bench.writer

Takes commands from its input, answers on its output, one line of JSON each.
"""

import json
import sys
import time
from typing import Any

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from asgiref.sync import async_to_sync  # noqa: E402
from channels_redis.core import RedisChannelLayer  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.tutorial import GROUP  # noqa: E402
from bookshelf.doorbell import announce  # noqa: E402
from bookshelf.log import Change  # noqa: E402
from posts.factories import commented, published  # noqa: E402
from posts.models import Post  # noqa: E402

BODY = """The kind of book that one reads twice: first for what happens, then for how it is told. \
Nobody in it is only what they seem, and the last chapter makes the first one a different chapter.

I lent my copy and never got it back. I bought another."""


def write(n: int) -> dict[str, Any]:
    """Publish `n` posts without announcing them. Return their ids and the cursor."""
    author, _ = User.objects.get_or_create(username="author")
    ids = []
    for _ in range(n):
        post, _ = published(("novel", "twice-read"), author=author, body=BODY)
        ids.append(post.pk)
    return {"ids": ids, "cursor": str(Change.objects.cursor()), "at": time.monotonic()}


def ring(n: int) -> dict[str, Any]:
    """Announce the newest change `n` times, as the views of `n` posts would."""
    at = time.monotonic()
    change = Change.objects.newest()
    for _ in range(n):
        announce(change)
    return {"at": at}


def edit(post_id: int) -> dict[str, Any]:
    """Edit a post without announcing it. Return the cursor."""
    post = Post.objects.get(pk=post_id)
    post.body += "\n\nRead a third time."
    post.revise(editor=post.author)
    return {"cursor": str(Change.objects.cursor())}


def like(post_id: int, names: list[str]) -> dict[str, Any]:
    """Have these readers like a post, and announce each like."""
    post = Post.objects.get(pk=post_id)
    readers = [User.objects.get_or_create(username=name)[0] for name in names]
    at = time.monotonic()
    for reader in readers:
        change = post.like(reader, True)
        assert change is not None  # They had not liked it before.
        announce(change)
    return {"at": at, "cursor": str(Change.objects.cursor())}


def ring_tutorial(ids: list[int], cursor: str) -> dict[str, Any]:
    """Announce posts to the tutorial's group, on its Redis layer."""
    at = time.monotonic()

    async def send() -> None:
        host = {"address": settings.REDIS_URL, "socket_timeout": 60}
        layer = RedisChannelLayer(hosts=[host], capacity=1000)
        for pk in ids:
            event = {"type": "post.created", "post_id": pk, "cursor": cursor}
            await layer.group_send(GROUP, event)
        await layer.close_pools()

    async_to_sync(send)()
    return {"at": at}


def sign_in(name: str = "author") -> dict[str, Any]:
    """Sign an author in. Answers with the key of the session."""
    author, _ = User.objects.get_or_create(username=name)
    session = SessionStore()
    session[SESSION_KEY] = str(author.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = author.get_session_auth_hash()
    session.create()
    return {"key": session.session_key}


def shelves(authors: list[str], each: int) -> dict[str, Any]:
    """Publish `each` posts by each of these authors. Answers with their ids, by author."""
    users = [User.objects.get_or_create(username=name)[0] for name in authors]
    ids = [[published(author=user, body=BODY)[0].pk for _ in range(each)] for user in users]
    return {"ids": ids}


def talk(post_id: int, comments: int) -> dict[str, Any]:
    """Have so many comments written on a post, by ten readers. Answers with the post's address."""
    post = Post.objects.get(pk=post_id)
    readers = [User.objects.get_or_create(username=f"reader-{n}")[0] for n in range(10)]
    for number in range(comments):
        commented(post, f"*{number}*: so did I.", author=readers[number % 10])
    return {"path": post.get_absolute_url()}


def mark(ids: list[int]) -> dict[str, Any]:
    """Mark these posts as key posts."""
    for post in Post.objects.filter(pk__in=ids):
        post.mark(key=True)
    return {}


def accounts(names: list[str], password: str) -> dict[str, Any]:
    """Make accounts with a confirmed address: "inactive" is not, "locked" has no password."""
    for name in names:
        user = User(username=name, email=f"{name}@example.com", is_active=name != "inactive")
        if name == "locked":
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return {}


COMMANDS = {
    each.__name__: each
    for each in (write, edit, like, ring, ring_tutorial, sign_in, shelves, talk, mark, accounts)
}

if __name__ == "__main__":
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(COMMANDS[command.pop("do")](**command)), flush=True)
