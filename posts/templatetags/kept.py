"""Posts and comments on pages, from what is kept of them (posts/pages/kept_fragments.py)."""

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from posts.models import Comment, Post
from posts.pages.kept_fragments import comment_state, drawn, post_state

register = template.Library()


@register.simple_tag(takes_context=True)
def card(context: Context, post: Post) -> SafeString:
    """Render a post on a list: posts/_post.html."""
    return drawn("posts/_post.html", context, {"post": post}, post_state(post))


@register.simple_tag(takes_context=True)
def conversation_comment(context: Context, comment: Comment) -> SafeString:
    """Render a comment that opens a thread, with the replies to it: posts/_comment.html."""
    focused = context.get("focus_comment")
    if focused not in (comment.pk, *(each.pk for each in comment.replies_shown)):
        focused = None
    values = {"comment": comment, "focus_comment": focused}
    return drawn("posts/_comment.html", context, values, (*comment_state(comment), focused))
