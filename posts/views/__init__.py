"""The pages of posts. Each view reads from permission to response."""

from posts.views.lists import author_list, post_list, tag_list
from posts.views.reading import post_detail
from posts.views.writing import post_create, post_delete, post_edit

__all__ = [
    "author_list",
    "post_create",
    "post_delete",
    "post_detail",
    "post_edit",
    "post_list",
    "tag_list",
]
