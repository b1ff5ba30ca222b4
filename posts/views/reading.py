"""One post: the book's room, and how it came to say what it says."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.signing_in import kept_fields
from posts.events import post_topic
from posts.forms import CommentForm
from posts.history import history_of
from posts.live import live
from posts.models import Post
from posts.pages import id_of
from posts.personal import personalise, personalise_comments
from posts.talk import conversation

MOST_ALSO = 10
"""How many other posts of the same book its page names; more are on the page of the book."""


@require_safe
def post_detail(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """One post. Its address has the title's first words in it; any other words lead there."""
    post = get_object_or_404(Post.objects.only("slug"), pk=pk)
    if slug != post.slug:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(post.get_absolute_url() + query, permanent=True)
    return room(request, pk)


def room(
    request: HttpRequest, pk: int, form: CommentForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a post: its text, the conversation, and the form for a comment.

    `form` and `status` bring a comment back that could not be taken.
    """
    # Before the post: what happens to it in between is then caught up.
    topics = live(post_topic(pk))
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    if form is None:
        kept = kept_fields(request, reverse("posts:comments", args=[pk]))
        form = CommentForm(initial=kept)
    ctx = {
        "live": topics,
        "post": post,
        "form": form,
        "may_edit": post.is_editable_by(request.user),
    }
    if post.removed_at:
        return render(request, "posts/removed.html", ctx, status=410 if status == 200 else status)
    ctx["talk"] = conversation(post, id_of(request.GET.get("before")))
    personalise(request.user, [post])
    personalise_comments(request.user, ctx["talk"].comments)
    ctx["is_pinned"] = request.user.is_staff and Post.objects.pinned() == post
    ctx["also"] = Post.objects.also_about(post)[: MOST_ALSO + 1]
    return render(request, "posts/detail.html", ctx, status=status)


@require_safe
def post_history(request: HttpRequest, pk: int) -> HttpResponse:
    """What a post said before, and what each edit changed."""
    post = get_object_or_404(Post.objects.visible().with_details(), pk=pk)
    ctx = {"post": post, "edits": history_of(post)}
    return render(request, "posts/history.html", ctx)
