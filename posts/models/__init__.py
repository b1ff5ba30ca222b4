from posts.models.comment import Comment
from posts.models.comment_draft import CommentDraft
from posts.models.cover import Cover
from posts.models.draft import Draft
from posts.models.follow import Follow
from posts.models.like import Like
from posts.models.moderation import Appeal, ModerationAction
from posts.models.notification import Notification
from posts.models.post import Post
from posts.models.report import Report
from posts.models.revision import Revision
from posts.models.shelf import Shelf, ShelvedBook
from posts.models.tag import Tag
from posts.models.tagging import Tagging
from posts.search.document import SearchDocument

__all__ = [
    "Appeal",
    "Comment",
    "CommentDraft",
    "Cover",
    "Draft",
    "Follow",
    "Like",
    "ModerationAction",
    "Notification",
    "Post",
    "Report",
    "Revision",
    "SearchDocument",
    "Shelf",
    "ShelvedBook",
    "Tag",
    "Tagging",
]
