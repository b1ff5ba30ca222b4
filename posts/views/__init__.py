"""The pages of posts. Each view reads from permission to response."""

from posts.views.comments import (
    comment_create,
    comment_delete,
    comment_detail,
    comment_edit,
    comment_replies,
    comment_reply,
)
from posts.views.drafts import draft_discard, draft_keep, draft_list
from posts.views.feeds import author_feed, feed, feed_json, tag_feed
from posts.views.likes import comment_like, post_like, post_likes
from posts.views.lists import author_list, book_list, key_list, post_list, tag_list
from posts.views.marks import post_key, post_pin
from posts.views.media import cover_file
from posts.views.notifications import (
    follow,
    following,
    notification_open,
    notifications,
    notifications_read,
)
from posts.views.reading import post_detail, post_history
from posts.views.search import search
from posts.views.shelf import public_shelf, shelf, shelf_move, shelf_show, shelve
from posts.views.writing import post_create, post_delete, post_edit, post_restore

__all__ = [
    "author_feed",
    "author_list",
    "book_list",
    "comment_create",
    "comment_delete",
    "comment_detail",
    "comment_edit",
    "comment_like",
    "comment_replies",
    "comment_reply",
    "cover_file",
    "draft_discard",
    "draft_keep",
    "draft_list",
    "feed",
    "feed_json",
    "follow",
    "following",
    "key_list",
    "notification_open",
    "notifications",
    "notifications_read",
    "post_create",
    "post_delete",
    "post_detail",
    "post_edit",
    "post_history",
    "post_key",
    "post_like",
    "post_likes",
    "post_list",
    "post_pin",
    "post_restore",
    "public_shelf",
    "search",
    "shelf",
    "shelf_move",
    "shelf_show",
    "shelve",
    "tag_feed",
    "tag_list",
]
