"""What a button is about, for the offer to press it after signing in (accounts.presses).

Each takes the arguments of the view, and returns None when there is nothing to do it to.
"""

from django.utils.translation import gettext

from accounts.models import User
from posts.models import Comment, Post


def title_of(pk: int) -> str | None:
    """The title of a post."""
    return Post.objects.visible().filter(pk=pk).values_list("title", flat=True).first()


def comment_of(pk: int, comment_pk: int) -> str | None:
    """Whose comment it is, and on which book."""
    comments = Comment.objects.visible().select_related("author", "post")
    comment = comments.filter(pk=comment_pk, post_id=pk, post__removed_at=None).first()
    if comment is None:
        return None
    names = {"name": comment.author.display_name, "title": comment.post.title}
    return gettext("%(name)s on %(title)s") % names


def name_of(username: str) -> str | None:
    """The name of a reader."""
    author = User.objects.present().filter(username=username).first()
    return None if author is None else author.display_name
