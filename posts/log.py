"""What the change log says of posts and comments: the kinds of their changes, and two marks."""

from django.db import models


class Kind(models.TextChoices):
    """What was touched. Never what became of it: the row itself tells."""

    POST_CREATED = "post_created"
    POST_EDITED = "post_edited"
    POST_REMOVED = "post_removed"
    POST_RESTORED = "post_restored"
    POST_LIKED = "post_liked"
    COMMENT_CREATED = "comment_created"
    COMMENT_EDITED = "comment_edited"
    COMMENT_REMOVED = "comment_removed"
    COMMENT_RESTORED = "comment_restored"
    COMMENT_LIKED = "comment_liked"
    NOTIFIED = "notified"
    POST_PINNED = "post_pinned"
    POST_UNPINNED = "post_unpinned"
    POST_MARKED = "post_marked"
    POST_UNMARKED = "post_unmarked"
    TAG_CHANGED = "tag_changed"
    ROOM_CLOSED = "room_closed"
    ROOM_OPENED = "room_opened"
    AUTHOR_PURGED = "author_purged"
    AUTHOR_BACK = "author_back"


KEY_MARK = "*key"
"""Among the tags of a change: the post is one of the key posts. No slug of a tag has a star."""

PIN_MARK = "*pin"
"""Among the tags of a change: the post has been pinned, and may be what the front page shows."""
