"""Fragments: ids in, HTML out. The same for every reader: no request, no user.

`templates/posts/_post.html` is what a post is, `_comment.html` what a comment is;
`templates/posts/frames/<name>.html` is where it goes on a page that is open.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.template.loader import get_template

from accounts.models import User
from posts.models import Comment, Post
from posts.talk import conversation


class Noun(StrEnum):
    """What a frame is about."""

    POST = "post"
    COMMENT = "comment"
    NAME = "name"


class Frame(StrEnum):
    """What a frame does to a page. The value is its template's name."""

    POST_CREATED = "post_created"
    POST_EDITED = "post_edited"
    POST_COUNTED = "post_counted"
    POST_REMOVED = "post_removed"
    ROOM_EDITED = "room_edited"
    ROOM_COUNTED = "room_counted"
    ROOM_REMOVED = "room_removed"
    ROOM_RESTORED = "room_restored"
    COMMENT_CREATED = "comment_created"
    COMMENT_EDITED = "comment_edited"
    COMMENT_COUNTED = "comment_counted"
    COMMENT_REMOVED = "comment_removed"
    AUTHOR_RENAMED = "author_renamed"

    @property
    def lasts(self) -> bool:
        """Whether it stays as it is until the next change of what it is about.

        A room that is back is drawn with its conversation, which has changes of its own.
        """
        return self != Frame.ROOM_RESTORED


def present(noun: Noun, ids: Iterable[int]) -> dict[int, Any]:
    """Fetch what has these ids and a place on a page, with what frames show of it.

    Two queries at most; none without ids. A removed comment with replies has a place: its
    tombstone's. A name has the id of who is called so.
    """
    ids = set(ids)
    if not ids:
        return {}
    if noun == Noun.NAME:
        return User.objects.in_bulk(ids)
    if noun == Noun.POST:
        return Post.objects.visible().with_details().in_bulk(ids)
    return Comment.objects.shown().with_details().in_bulk(ids)


def draw(frame: Frame, item_id: int, item: Any) -> str:
    """Render `frame` for an item: as `present` returned it, None when it is gone."""
    context = {"id": item_id, "post": item, "comment": item, "who": item}
    if frame == Frame.ROOM_RESTORED:
        context["talk"] = conversation(item)
    return get_template(f"posts/frames/{frame}.html").render(context).strip()


def bells(user_ids: Iterable[int]) -> dict[int, str]:
    """Render the bell in the header of these users, each for the pages of that user only.

    One query; none without ids.
    """
    ids = set(user_ids)
    if not ids:
        return {}
    template = get_template("posts/frames/bell.html")
    drawn: dict[int, str] = {}
    found = {}
    for user_id, unread in User.objects.filter(pk__in=ids).values_list("pk", "unread"):
        if unread not in drawn:
            drawn[unread] = template.render({"unread": unread}).strip()
        found[user_id] = drawn[unread]
    return found


def draw_pinned() -> str:
    """Render the frame that puts the present pinned post, or none, on top of the front page."""
    context = {"post": Post.objects.pinned()}
    return get_template("posts/frames/pin_moved.html").render(context).strip()
