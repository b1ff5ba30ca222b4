"""One post: the book's room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from posts.events import post_topic
from posts.live import live
from posts.models import Post


@require_safe
def post_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: the book's room."""
    topics = live(post_topic(pk))
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    ctx = {"live": topics, "post": post, "may_edit": post.author_id == request.user.pk}
    if post.removed_at:
        return render(request, "posts/removed.html", ctx, status=410)
    return render(request, "posts/detail.html", ctx)
