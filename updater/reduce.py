"""Many changes to one action for each post: what a page has to do to be as if loaded anew."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posts.events import CARDS, POSTS, author_topic, post_topic, tag_topic
from posts.fragments import Frame
from posts.log import Change, Cursor, Kind

INSERTING = {Kind.POST_CREATED}
"""Kinds after which a post may be on lists that it was not on before."""


@dataclass(slots=True)
class Touched:
    """What a range of changes did to one post."""

    post_id: int
    author_id: int
    cursor: Cursor
    """The place after the last of these changes."""
    tags_before: frozenset[str]
    tags_after: frozenset[str] = field(default=frozenset())
    inserted: bool = False

    @property
    def topics(self) -> set[str]:
        """Every topic that this may concern."""
        tags = {tag_topic(slug) for slug in self.tags_before | self.tags_after}
        return {POSTS, CARDS, author_topic(self.author_id), post_topic(self.post_id)} | tags


def reduce(changes: Iterable[Change]) -> list[Touched]:
    """Gather the changes of each post, in the order in which they were last touched."""
    touched: dict[int, Touched] = {}
    for change in changes:
        post = touched.pop(change.post_id, None) or Touched(
            change.post_id, change.author_id, change.cursor, frozenset(change.tags_before)
        )
        post.cursor = change.cursor
        post.tags_after = frozenset(change.tags_after)
        post.inserted |= change.kind in INSERTING
        touched[change.post_id] = post
    return list(touched.values())


def action(post: Touched, topics: frozenset[str], present: bool) -> Frame | None:
    """Return what a page of these topics does about the post, or None when it concerns it not.

    Whether the post is there (`present`) decides; the changes only say what was touched.
    """
    if post_topic(post.post_id) in topics:
        return Frame.ROOM_EDITED if present else Frame.ROOM_REMOVED
    whole = {POSTS, author_topic(post.author_id)}
    was_listed = not post.inserted and _listed(topics, whole, post.tags_before)
    is_listed = present and _listed(topics, whole, post.tags_after)
    if is_listed and not was_listed:
        return Frame.POST_CREATED
    if CARDS not in topics:
        return None
    if not present or (was_listed and not is_listed):
        return Frame.POST_REMOVED
    return Frame.POST_EDITED


def _listed(topics: frozenset[str], whole: set[str], tags: frozenset[str]) -> bool:
    return not topics.isdisjoint(whole) or any(tag_topic(slug) in topics for slug in tags)
