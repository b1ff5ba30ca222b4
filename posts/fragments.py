"""Fragments: ids in, HTML out. The same for every reader: no request, no user.

`templates/posts/_post.html` is what a post is; `templates/posts/frames/<name>.html` is where it
goes on a page that is open.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.template.loader import get_template

from posts.models import Post


class Frame(StrEnum):
    """What a frame does to a page. The value is its template's name."""

    POST_CREATED = "post_created"
    POST_EDITED = "post_edited"
    POST_REMOVED = "post_removed"
    ROOM_EDITED = "room_edited"
    ROOM_REMOVED = "room_removed"

    @property
    def removes(self) -> bool:
        """Whether it can be drawn without the post."""
        return self in (Frame.POST_REMOVED, Frame.ROOM_REMOVED)


def present(post_ids: Iterable[int]) -> dict[int, Post]:
    """Fetch the posts of these ids that a reader may see, with what the frames show of them.

    Two queries; none without ids.
    """
    ids = set(post_ids)
    return Post.objects.visible().with_details().in_bulk(ids) if ids else {}


def draw(frame: Frame, post_id: int, post: Post | None) -> str:
    """Render `frame` for a post. `post` is as `present` returned it, None when it is gone."""
    context = {"post": post, "post_id": post_id}
    return get_template(f"posts/frames/{frame}.html").render(context).strip()
