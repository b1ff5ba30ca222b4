"""Many changes to one action for each post: what a page has to do to be as if loaded anew."""

from collections.abc import Iterable
from dataclasses import dataclass

from posts.events import CARDS, POSTS, author_topic, post_topic, tag_topic
from posts.fragments import Frame
from posts.log import Change, Cursor, Kind

INSERTING = {Kind.POST_CREATED, Kind.POST_RESTORED}
"""Kinds after which a post may be on lists that it was not on before."""


@dataclass(slots=True)
class Touched:
    """What a range of changes did to one post.

    A page may have been drawn at any point of the range: its cursor is read before its posts.
    """

    post_id: int
    author_id: int
    cursor: Cursor
    """The place after the last of these changes."""
    tags_ever: frozenset[str]
    tags_always: frozenset[str]
    tags_now: frozenset[str]
    inserted: bool = False

    @classmethod
    def by(cls, change: Change) -> "Touched":
        """What is true of the post before its first change in the range."""
        tags = frozenset(change.tags_before)
        return cls(change.post_id, change.author_id, change.cursor, tags, tags, tags)

    def add(self, change: Change) -> None:
        """Go on by one change."""
        self.cursor = change.cursor
        self.tags_now = frozenset(change.tags_after)
        self.tags_ever |= self.tags_now
        self.tags_always &= self.tags_now
        self.inserted |= change.kind in INSERTING

    @property
    def topics(self) -> set[str]:
        """Every topic that this may concern."""
        tags = {tag_topic(slug) for slug in self.tags_ever}
        return {POSTS, CARDS, author_topic(self.author_id), post_topic(self.post_id)} | tags


def reduce(changes: Iterable[Change]) -> list[Touched]:
    """Gather the changes of each post, in the order in which they were last touched."""
    touched: dict[int, Touched] = {}
    for change in changes:
        # Taken out and put back: the last one touched stands last.
        post = touched.pop(change.post_id, None) or Touched.by(change)
        post.add(change)
        touched[change.post_id] = post
    return list(touched.values())


def action(post: Touched, topics: frozenset[str], present: bool) -> Frame | None:
    """Return what a page of these topics does about the post, or None when it concerns it not.

    Whether the post is there (`present`) decides; the changes only say what was touched.
    """
    if post_topic(post.post_id) in topics:
        return Frame.ROOM_EDITED if present else Frame.ROOM_REMOVED
    whole = {POSTS, author_topic(post.author_id)}
    listed = present and _listed(topics, whole, post.tags_now)
    if listed and (post.inserted or not _listed(topics, whole, post.tags_always)):
        return Frame.POST_CREATED
    if CARDS not in topics:
        return None
    if not present or (not listed and _listed(topics, whole, post.tags_ever)):
        return Frame.POST_REMOVED
    return Frame.POST_EDITED


def _listed(topics: frozenset[str], whole: set[str], tags: frozenset[str]) -> bool:
    return not topics.isdisjoint(whole) or any(tag_topic(slug) in topics for slug in tags)
