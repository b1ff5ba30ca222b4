from posts.log import Change, ChangeCounter
from posts.models.comment import Comment
from posts.models.cover import Cover
from posts.models.draft import Draft
from posts.models.follow import Follow
from posts.models.like import Like
from posts.models.notification import Notification
from posts.models.post import Post
from posts.models.revision import Revision
from posts.models.search import SearchDocument
from posts.models.shelf import Shelf, ShelvedBook
from posts.models.tag import Tag
from posts.models.tagging import Tagging

__all__ = [
    "Change",
    "ChangeCounter",
    "Comment",
    "Cover",
    "Draft",
    "Follow",
    "Like",
    "Notification",
    "Post",
    "Revision",
    "SearchDocument",
    "Shelf",
    "ShelvedBook",
    "Tag",
    "Tagging",
]
