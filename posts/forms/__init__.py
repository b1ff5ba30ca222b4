"""Forms. Bad input gets a sentence that says what to do."""

from posts.forms.comment import CommentForm
from posts.forms.post import PostForm

__all__ = ["CommentForm", "PostForm"]
