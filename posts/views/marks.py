"""What staff say of posts: which one stands on top, and which are key posts."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.signing_in import signed_in
from posts.events import announce
from posts.models import Post


@require_POST
@signed_in
def post_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a post on top of the front page, or with `pinned=0` take it down. Staff only."""
    post = get_object_or_404(Post.objects.markable_by(request.user), pk=pk)
    # Removed meanwhile: its page says so.
    with suppress(Post.Gone):
        change = post.unpin() if request.POST.get("pinned") == "0" else post.pin()
        if change:
            announce(change)
    return redirect(post)


@require_POST
@signed_in
def post_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a post as one of the key posts, or with `key=0` take the mark away. Staff only."""
    post = get_object_or_404(Post.objects.markable_by(request.user), pk=pk)
    with suppress(Post.Gone):
        change = post.mark(key=request.POST.get("key") != "0")
        if change:
            announce(change)
    return redirect(post)
