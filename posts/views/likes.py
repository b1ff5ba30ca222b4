"""Liking, and who does."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.signing_in import page_before, signed_in
from posts.events import announce
from posts.models import Comment, Like, Post
from posts.pages import id_of

LIKES_SIZE = 100


@require_POST
@limited("like")
@signed_in
def post_like(request: HttpRequest, pk: int) -> HttpResponse:
    """Like a post, or not any more: `liked` is the wanted state, so repeating is harmless."""
    post = get_object_or_404(Post.objects.visible(), pk=pk)
    return _like(request, post, f"post-{pk}")


@require_POST
@limited("like")
@signed_in
def comment_like(request: HttpRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Like a comment, or not any more."""
    comments = Comment.objects.visible().select_related("post").filter(post__removed_at=None)
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    return _like(request, comment, f"comment-{comment_pk}")


def _like(request: HttpRequest, item: Post | Comment, name: str) -> HttpResponse:
    liked = request.POST.get("liked") != "0"
    try:
        change = item.like(request.user, liked)
    except (Post.Gone, Comment.Gone):
        raise Http404("It has been removed.") from None
    if change:
        announce(change)
    if not request.htmx or request.htmx.boosted:
        return redirect(f"{page_before(request)}#{name}")
    ctx = {"action": request.path, "name": name, "liked": liked}
    return render(request, "posts/_like.html", ctx)


@require_safe
def post_likes(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who likes a post, the latest first."""
    post = get_object_or_404(Post.objects.visible().with_details(), pk=pk)
    likes: list[Like] = Like.objects.page_of(post, id_of(request.GET.get("before")), LIKES_SIZE)
    ctx = {"post": post, "likes": likes, "more": likes[-1].pk if len(likes) == LIKES_SIZE else None}
    return render(request, "posts/likes.html", ctx)
