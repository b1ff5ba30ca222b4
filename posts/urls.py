from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter

from posts import views


class WordConverter(StringConverter):
    """Any word but one with a NUL in it, which PostgreSQL cannot look for."""

    regex = "[^/\x00]+"


register_converter(WordConverter, "word")

app_name = "posts"
urlpatterns = [
    path("", views.post_list, name="list"),
    path("search/", views.search, name="search"),
    path("posts/new/", views.post_create, name="create"),
    path("posts/<int:pk>/", views.post_detail, name="number"),
    path("posts/<int:pk>/edit/", views.post_edit, name="edit"),
    path("posts/<int:pk>/delete/", views.post_delete, name="delete"),
    path("posts/<int:pk>/restore/", views.post_restore, name="restore"),
    path("posts/<int:pk>/history/", views.post_history, name="history"),
    path("posts/<int:pk>/like/", views.post_like, name="like"),
    path("posts/<int:pk>/likes/", views.post_likes, name="likes"),
    path("posts/<int:pk>/comments/", views.comment_create, name="comments"),
    path("posts/<int:pk>/comments/<int:comment_pk>/", views.comment_detail, name="comment"),
    path(
        "posts/<int:pk>/comments/<int:comment_pk>/",
        include(
            [
                path("like/", views.comment_like, name="comment_like"),
                path("reply/", views.comment_reply, name="reply"),
                path("replies/", views.comment_replies, name="replies"),
                path("edit/", views.comment_edit, name="comment_edit"),
                path("delete/", views.comment_delete, name="comment_delete"),
            ]
        ),
    ),
    # Last of these: a slug may be any word.
    path("posts/<int:pk>/<word:slug>/", views.post_detail, name="detail"),
    path("feed/", views.feed, name="feed"),
    path("feed.json", views.feed_json, name="feed_json"),
    path("tags/<word:slug>/feed/", views.tag_feed, name="tag_feed"),
    path("readers/<word:username>/feed/", views.author_feed, name="author_feed"),
    path("drafts/", views.draft_list, name="drafts"),
    path("drafts/keep/", views.draft_keep, name="draft_keep"),
    path("drafts/keep/<int:pk>/", views.draft_keep, name="draft_keep"),
    path("drafts/<int:pk>/discard/", views.draft_discard, name="draft_discard"),
    re_path(
        r"^media/(?P<name>covers/[0-9a-f]{32}-[0-9]{1,3}\.webp)$", views.cover_file, name="cover"
    ),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.notifications_read, name="notifications_read"),
    path("notifications/<int:pk>/", views.notification_open, name="notification"),
    path("following/", views.following, name="following"),
    path("readers/<word:username>/follow/", views.follow, name="follow"),
    path("shelf/", views.shelf, name="shelf"),
    path("shelf/<int:pk>/", views.shelf_move, name="shelf_move"),
    path("shelf/posts/<int:pk>/", views.shelve, name="shelve"),
    path("shelf/public/", views.shelf_show, name="shelf_show"),
    path("key/", views.key_list, name="key"),
    # Not below posts/<id>/, where a slug may be any word.
    path("key/posts/<int:pk>/", views.post_key, name="post_key"),
    path("pinned/posts/<int:pk>/", views.post_pin, name="post_pin"),
    path("books/<slug:key>/", views.book_list, name="book"),
    path("tags/<word:slug>/", views.tag_list, name="tag"),
    path("readers/<word:username>/", views.author_list, name="author"),
    path("readers/<word:username>/shelf/", views.public_shelf, name="public_shelf"),
]
