"""What happens to posts: the names of it, and how it is announced.

The one owner of topic names. A page asks for topics; a change concerns topics.
"""

import re
from collections.abc import Iterable
from functools import partial

from django.db import transaction

from bookshelf.live import NOTICE, ring
from posts.log import KEY_MARK, Change

POSTS = "posts"
"""Topic of the list of all posts: inserts what is new."""

KEY = "key"
"""Topic of the list of key posts: inserts what is marked."""

CARDS = "cards"
"""Topic of posts on any list: patches and removes, never inserts."""

TOPIC = re.compile(r"posts|key|cards|(author|post)-[1-9][0-9]{0,17}|tag-[^\s/?#&]{1,60}")


def author_topic(author_id: int) -> str:
    """Topic of one author's list: inserts what is new."""
    return f"author-{author_id}"


def tag_topic(slug: str) -> str:
    """Topic of one tag's list: inserts what is new."""
    return f"tag-{slug}"


def list_topic(tag: str) -> str:
    """Topic of the list that a change means by one of its tags: a slug or KEY_MARK."""
    return KEY if tag == KEY_MARK else tag_topic(tag)


def post_topic(post_id: int | str) -> str:
    """Topic of one post's own page, the book's room: patches and removes."""
    return f"post-{post_id}"


def room_of(topics: Iterable[str]) -> int | None:
    """Return the id of the post whose room a page of these topics is; None when it is none."""
    prefix = post_topic("")
    rooms = [topic for topic in topics if topic.startswith(prefix)]
    return int(rooms[0].removeprefix(prefix)) if len(rooms) == 1 else None


def is_topic(name: str) -> bool:
    """Say whether a page may ask for this topic."""
    return TOPIC.fullmatch(name) is not None


def announce(change: Change) -> None:
    """Ring the doorbell for `change` when its transaction has been committed.

    Views call this after a model's verb. It never fails a request: what was committed is in the
    log, and who was not rung looks there anyway.
    """
    message = {"type": NOTICE, "new_id": change.post_id}
    transaction.on_commit(partial(ring, message), robust=True)
