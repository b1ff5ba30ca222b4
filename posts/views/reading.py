"""One post: the book's room, and how it came to say what it says."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from posts.events import post_topic
from posts.history import history_of
from posts.live import live
from posts.models import Post


@require_safe
def post_detail(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """One post. Its address has the title's first words in it; any other words lead there."""
    # Before the post: what happens to it in between is then caught up.
    topics = live(post_topic(pk))
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    if slug != post.slug:
        return redirect(post, permanent=True)
    ctx = {"live": topics, "post": post, "may_edit": post.is_editable_by(request.user)}
    if post.removed_at:
        return render(request, "posts/removed.html", ctx, status=410)
    return render(request, "posts/detail.html", ctx)


@require_safe
def post_history(request: HttpRequest, pk: int) -> HttpResponse:
    """What a post said before, and what each edit changed."""
    post = get_object_or_404(Post.objects.visible().with_details(), pk=pk)
    ctx = {"post": post, "edits": history_of(post)}
    return render(request, "posts/history.html", ctx)
