"""The topics of posts. A page asks for topics; a change concerns topics."""

import re

from posts.log import KEY_MARK

POSTS = "posts"
"""Topic of the list of all posts: inserts what is new."""

KEY = "key"
"""Topic of the list of key posts: inserts what is marked."""

CARDS = "cards"
"""Topic of posts on any list: patches and removes, never inserts."""

TOPIC = re.compile(r"posts|key|cards|(author|post)-[1-9][0-9]{0,17}|tag-[^\s/?#&]{1,60}")
"""Matches every topic of posts."""

ROOM = re.compile(r"post-[1-9][0-9]{0,17}")
"""Matches the topic of a post's own page, the room of the book."""


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
