"""What pages may ask for over a socket: what everybody sees, and each reader's own."""

import json
import re

import pytest

from bookshelf.live_objects import live_objects
from bookshelf.tests.doors import ROLES, DoorsWorld
from updater.tests.conftest import socket_to
from updater.tests.running import in_thread

# Of what the sockets decide, not of the database: one of the two is enough.
pytestmark = pytest.mark.only_on("sqlite")

OPEN_TO_ALL = ["posts", "cards", "key", "author-{ana}", "tag-novel", "post-{post}"]
"""Topics that show what pages show to everybody."""

TO_NOBODY = [
    "user-{ana}", "user-1", "bell-{ana}", "draft-{draft}", "notification-1", "session-1", "*", "#",
    "", "updates", "update_notice", "Posts", "posts ", "post-", "post-0", "post-{post}x",
    "post-{post}/", "author-", "author-ana", "tag-", "everywhere", "admin", "presence-{post}",
]  # fmt: skip
"""What a page may not ask for. A reader's own comes from the session, not from the address."""


def test_the_table_names_every_kind_of_topic():
    patterns = [each.topic_names.pattern for each in live_objects() if each.topic_names]
    kinds = {kind for pattern in patterns for kind in re.findall(r"\b([a-z]+)", pattern)}

    assert kinds - {topic.partition("-")[0] for topic in OPEN_TO_ALL} <= {"s"}, (
        "say in OPEN_TO_ALL or TO_NOBODY who may hear of it"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
async def test_a_socket_hears_what_the_table_says(settings, tmp_path, role):
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    settings.MEDIA_ROOT = tmp_path
    world = await in_thread(DoorsWorld)
    cookie = world.client(role).cookies.get(settings.SESSION_COOKIE_NAME)
    await in_thread(world.ana.refresh_from_db)
    names = {"ana": world.ana.pk, "post": world.post.pk, "draft": world.draft.pk}
    cursor = json.dumps({"cursor": "start.0"})

    for topic in [*OPEN_TO_ALL, *TO_NOBODY]:
        query = f"?topic={topic.format(**names)}".replace("#", "%23")
        socket = socket_to(query, session=cookie.value if cookie else None)
        connected, _ = await socket.connect()
        assert connected == (topic in OPEN_TO_ALL), topic
        if not connected:
            continue
        await socket.send_to(text_data=cursor)
        frames = [await socket.receive_from(3)]
        if "live" not in frames[0] and "hx-get" not in frames[0]:
            frames.append(await socket.receive_from(3))
        await socket.disconnect()
        heard = "".join(frames)
        # Ana has notifications, a number that nobody else has: nobody else is told so.
        assert (f'bell-count">{world.ana.unread}<' in heard) == (role == "author"), topic
        assert "Half." not in heard
