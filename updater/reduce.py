"""Many changes to one action for each object: what a page has to do to be as if loaded anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from posts.events import CARDS, POSTS, author_topic, list_topic, post_topic
from posts.fragments import Frame, Noun
from posts.log import PIN_MARK, Change, Cursor, Kind

INSERTING = {Kind.POST_CREATED, Kind.POST_RESTORED}
"""Kinds after which a post may be on lists that it was not on before."""

EDITING = {
    Kind.POST_CREATED,
    Kind.POST_EDITED,
    Kind.POST_REMOVED,
    Kind.POST_RESTORED,
    Kind.POST_PINNED,
    Kind.POST_UNPINNED,
    Kind.POST_MARKED,
    Kind.POST_UNMARKED,
}
"""Kinds after which a post may say something else, or be gone."""

COUNTING = {Kind.POST_LIKED, Kind.COMMENT_CREATED, Kind.COMMENT_REMOVED}
"""Kinds after which what is counted of a post is another number."""

SAYING = {Kind.COMMENT_CREATED, Kind.COMMENT_EDITED, Kind.COMMENT_REMOVED}
"""Kinds after which a comment may say something else, or be gone."""

COMMENTS = {*SAYING, Kind.COMMENT_LIKED}
"""Kinds that touch a comment."""

EVERYWHERE = "*"
"""Stands for every topic. No topic of a page has this name."""

Key = tuple[Noun, int]


@dataclass(slots=True)
class TouchedPost:
    """What a range of changes did to one post.

    A page may have been drawn at any point of the range: its cursor is read before its posts.
    """

    noun: ClassVar[Noun] = Noun.POST

    id: int
    author_id: int
    cursor: Cursor
    """The place after the last of these changes."""
    tags_ever: frozenset[str] = frozenset()
    tags_always: frozenset[str] = frozenset()
    tags_now: frozenset[str] = frozenset()
    edited: bool = False
    inserted: bool = False
    restored: bool = False

    @classmethod
    def by(cls, change: Change) -> "TouchedPost":
        """A post of which no change has been added yet."""
        return cls(change.post_id, change.author_id, change.cursor)

    @property
    def key(self) -> Key:
        return self.noun, self.id

    def add(self, change: Change) -> None:
        """Go on by one change."""
        self.cursor = change.cursor
        if change.kind not in EDITING:
            return
        if not self.edited:
            # True of the post before its first change in the range.
            self.tags_ever = self.tags_always = frozenset(change.tags_before)
        self.edited = True
        self.tags_now = frozenset(change.tags_after)
        self.tags_ever |= self.tags_now
        self.tags_always &= self.tags_now
        self.inserted |= change.kind in INSERTING
        self.restored |= change.kind == Kind.POST_RESTORED

    @property
    def topics(self) -> set[str]:
        """Every topic that this may concern."""
        if not self.edited:
            # What is counted is patched where the post is shown; every list asks for cards.
            return {CARDS, post_topic(self.id)}
        tags = {list_topic(slug) for slug in self.tags_ever}
        return {POSTS, CARDS, author_topic(self.author_id), post_topic(self.id)} | tags

    def action(self, topics: frozenset[str], present: bool) -> Frame | None:
        """Return what a page of these topics does about the post, or None when it concerns it not.

        Whether the post is there (`present`) decides; the changes only say what was touched.
        """
        if post_topic(self.id) in topics:
            if not present:
                return Frame.ROOM_REMOVED
            if self.restored:
                return Frame.ROOM_RESTORED
            return Frame.ROOM_EDITED if self.edited else Frame.ROOM_COUNTED
        if not self.edited:
            return Frame.POST_COUNTED if present else None
        whole = {POSTS, author_topic(self.author_id)}
        listed = present and _listed(topics, whole, self.tags_now)
        if listed and (self.inserted or not _listed(topics, whole, self.tags_always)):
            return Frame.POST_CREATED
        if CARDS not in topics:
            return None
        if not present or (not listed and _listed(topics, whole, self.tags_ever)):
            return Frame.POST_REMOVED
        return Frame.POST_EDITED


@dataclass(slots=True)
class TouchedComment:
    """What a range of changes did to one comment, or to a reply to it.

    A comment is drawn with its replies; and with the last of them its tombstone goes, too.
    """

    noun: ClassVar[Noun] = Noun.COMMENT

    id: int
    post_id: int
    cursor: Cursor
    """The place after the last of these changes."""
    said: bool = False
    created: bool = False
    liked: bool = False

    @classmethod
    def by(cls, change: Change, comment_id: int) -> "TouchedComment":
        """A comment of which no change has been added yet."""
        return cls(comment_id, change.post_id, change.cursor)

    @property
    def key(self) -> Key:
        return self.noun, self.id

    def add(self, change: Change) -> None:
        """Go on by one change."""
        self.cursor = change.cursor
        if change.comment_id == self.id:
            self.said |= change.kind in SAYING
            self.created |= change.kind == Kind.COMMENT_CREATED
            self.liked |= change.kind == Kind.COMMENT_LIKED

    @property
    def topics(self) -> set[str]:
        """Every topic that this may concern: the room."""
        return {post_topic(self.post_id)}

    def action(self, topics: frozenset[str], present: bool) -> Frame | None:
        """Return what the room does about the comment, None for nothing.

        A tombstone is `present`, since it has a place on the page.
        """
        if not present:
            return Frame.COMMENT_REMOVED
        if self.created:
            return Frame.COMMENT_CREATED
        if self.said:
            return Frame.COMMENT_EDITED
        return Frame.COMMENT_COUNTED if self.liked else None


@dataclass(slots=True)
class TouchedName:
    """Somebody who is called something else. The name may stand on any page."""

    noun: ClassVar[Noun] = Noun.NAME
    topics: ClassVar[set[str]] = {EVERYWHERE}

    id: int
    cursor: Cursor
    """The place after the last of these changes."""

    @classmethod
    def by(cls, change: Change) -> "TouchedName":
        """A name of which no change has been added yet."""
        return cls(change.author_id, change.cursor)

    @property
    def key(self) -> Key:
        return self.noun, self.id

    def add(self, change: Change) -> None:
        """Go on by one change."""
        self.cursor = change.cursor

    def action(self, topics: frozenset[str], present: bool) -> Frame | None:
        """Return what a page does about the name: None for an account that is gone."""
        return Frame.AUTHOR_RENAMED if present else None


Touched = TouchedPost | TouchedComment | TouchedName


def moves_pin(item: Touched, topics: frozenset[str]) -> bool:
    """Say whether a page of these topics has to draw anew what is pinned on top of it."""
    return isinstance(item, TouchedPost) and POSTS in topics and PIN_MARK in item.tags_ever


def reduce(changes: Iterable[Change]) -> list[Touched]:
    """Gather the changes of each object, in the order in which they were last touched."""
    touched: dict[Key, Touched] = {}
    for change in changes:
        if change.kind in EDITING or change.kind in COUNTING:
            _touch(touched, TouchedPost.by(change), change)
        if change.kind in COMMENTS:
            for comment_id in filter(None, (change.comment_id, change.parent_id)):
                _touch(touched, TouchedComment.by(change, comment_id), change)
        if change.kind == Kind.AUTHOR_RENAMED:
            _touch(touched, TouchedName.by(change), change)
    return list(touched.values())


def _touch(touched: dict[Key, Touched], new: Touched, change: Change) -> None:
    # Taken out and put back: the last one touched stands last.
    item = touched.pop(new.key, new)
    item.add(change)
    touched[item.key] = item


def _listed(topics: frozenset[str], whole: set[str], tags: frozenset[str]) -> bool:
    return not topics.isdisjoint(whole) or any(list_topic(slug) in topics for slug in tags)
