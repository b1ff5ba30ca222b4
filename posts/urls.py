from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter

from bookshelf.ids import IdConverter
from posts.views import (
    blocks,
    comments,
    drafts,
    feeds,
    help,
    likes,
    lists,
    marks,
    media,
    notifications,
    reading,
    search,
    shelf,
    writing,
)


class WordConverter(StringConverter):
    """Any word without a NUL, which PostgreSQL cannot look for."""

    regex = "[^/\x00]+"


register_converter(IdConverter, "id")
register_converter(WordConverter, "word")

app_name = "posts"
urlpatterns = [
    path("", lists.post_list, name="list"),
    path("search/", search.search, name="search"),
    path("help/", help.writing_help, name="help"),
    path("posts/new/", writing.post_create, name="create"),
    path("posts/<id:pk>/", reading.post_detail, name="number"),
    path("posts/<id:pk>/edit/", writing.post_edit, name="edit"),
    path("posts/<id:pk>/delete/", writing.post_delete, name="delete"),
    path("posts/<id:pk>/restore/", writing.post_restore, name="restore"),
    path("posts/<id:pk>/history/", reading.post_history, name="history"),
    path("posts/<id:pk>/history/forget/", reading.history_forget, name="history_forget"),
    path("posts/<id:pk>/like/", likes.post_like, name="like"),
    path("posts/<id:pk>/likes/", likes.post_likes, name="likes"),
    path("posts/<id:pk>/comments/", comments.comment_create, name="comments"),
    path("posts/<id:pk>/comments/draft/", comments.comment_keep, name="comment_keep"),
    path("posts/<id:pk>/comments/<id:comment_pk>/", comments.comment_detail, name="comment"),
    path(
        "posts/<id:pk>/comments/<id:comment_pk>/",
        include(
            [
                path("like/", likes.comment_like, name="comment_like"),
                path("reply/", comments.comment_reply, name="reply"),
                path("replies/", comments.comment_replies, name="replies"),
                path("edit/", comments.comment_edit, name="comment_edit"),
                path("delete/", comments.comment_delete, name="comment_delete"),
            ]
        ),
    ),
    # Last of these: a slug may be any word.
    path("posts/<id:pk>/<word:slug>/", reading.post_detail, name="detail"),
    path("feed/", feeds.feed, name="feed"),
    path("feed.json", feeds.feed_json, name="feed_json"),
    path("tags/<word:slug>/feed/", feeds.tag_feed, name="tag_feed"),
    path("readers/<word:username>/feed/", feeds.author_feed, name="author_feed"),
    path("drafts/", drafts.draft_list, name="drafts"),
    path("drafts/keep/", drafts.draft_keep, name="draft_keep"),
    path("drafts/keep/<id:pk>/", drafts.draft_keep, name="draft_keep"),
    path("drafts/<id:pk>/discard/", drafts.draft_discard, name="draft_discard"),
    re_path(
        r"^media/(?P<name>(?:covers|avatars)/[0-9a-f]{32}-[0-9]{1,3}\.webp)$",
        media.cover_file,
        name="cover",
    ),
    re_path(
        r"^media/(?P<name>withdrawn/[0-9a-f]{32}-[0-9]{1,3}\.webp)$",
        media.withdrawn_cover,
        name="withdrawn_cover",
    ),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications_read"),
    path("notifications/<id:pk>/", notifications.notification_open, name="notification"),
    path("following/", notifications.following, name="following"),
    path("readers/<word:username>/follow/", notifications.follow, name="follow"),
    path("readers/<word:username>/block/", blocks.block, name="block"),
    path("blocked/", blocks.blocked_list, name="blocked"),
    path("shelf/", shelf.shelf, name="shelf"),
    path("shelf/<id:pk>/", shelf.shelf_move, name="shelf_move"),
    path("shelf/posts/<id:pk>/", shelf.shelve, name="shelve"),
    path("shelf/public/", shelf.shelf_show, name="shelf_show"),
    path("key/", lists.key_list, name="key"),
    # Not below posts/<id>/, where a slug may be any word.
    path("key/posts/<id:pk>/", marks.post_key, name="post_key"),
    path("pinned/posts/<id:pk>/", marks.post_pin, name="post_pin"),
    path("books/<slug:key>/", lists.book_list, name="book"),
    path("tags/<word:slug>/", lists.tag_list, name="tag"),
    path("readers/<word:username>/", lists.author_list, name="author"),
    path("readers/<word:username>/shelf/", shelf.public_shelf, name="public_shelf"),
]
