"""Like posts and comments; list who likes a post."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.requests import SignedInRequest
from accounts.signing_in import offering, referring_page
from accounts.standing import good_standing
from bookshelf.doorbell import announce
from bookshelf.ids import id_or_404
from posts.models import Comment, Like, Post
from posts.models.likeable import Likeable
from posts.pages.pagination import read_page
from posts.views.offered import comment_of, title_of

LIKES_SIZE = 100

LIKE, LIKE_COMMENT = pgettext_lazy("button", "Like"), _("Like this comment")


@require_POST
@limited("like")
@offering({"": LIKE, "1": LIKE, "0": _("Unlike")}, "liked", about=title_of)
@good_standing
def post_like(request: SignedInRequest, pk: int) -> HttpResponse:
    """Like or unlike a post: `liked` is the wanted state, so repeating is harmless."""
    posts = Post.objects.visible().select_related("author")
    # What a like asks of them.
    posts = posts.only("author__is_active", "author__muted")
    return _like(request, get_object_or_404(posts, pk=pk), "post")


@require_POST
@limited("like")
@offering(
    {"": LIKE_COMMENT, "1": LIKE_COMMENT, "0": _("Unlike this comment")},
    "liked",
    about=comment_of,
)
@good_standing
def comment_like(request: SignedInRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Like or unlike a comment."""
    comments = Comment.objects.visible().select_related("post").filter(post__removed_at=None)
    comment = get_object_or_404(comments, pk=comment_pk, post_id=pk)
    return _like(request, comment, "comment")


def _like(request: SignedInRequest, item: Likeable, noun: str) -> HttpResponse:
    liked = request.POST.get("liked") != "0"
    try:
        announce(item.like(request.user, liked))
    except Likeable.Gone:
        raise Http404("It has been removed.") from None
    if not request.htmx or request.htmx.boosted:
        return redirect(f"{referring_page(request)}#{noun}-{item.pk}")
    ctx = {"action": request.path, "noun": noun, "id": item.pk, "liked": liked}
    return render(request, "posts/_like.html", ctx)


@require_safe
@limited("history", "GET")
def post_likes(request: HttpRequest, pk: int) -> HttpResponse:
    """List who likes a post, the latest first."""
    post = get_object_or_404(Post.objects.visible().with_details(), pk=pk)
    likes = Like.objects.about(post.pk).select_related("user").latest_first()
    page = read_page(likes, LIKES_SIZE, id_or_404(request.GET.get("before")))
    return render(request, "posts/likes.html", {"post": post, "page": page})
