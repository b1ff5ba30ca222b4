"""Writing, changing and removing one's posts."""

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from posts.events import announce
from posts.forms import PostForm
from posts.models import Post

UNPROCESSABLE = 422


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post_create(request: HttpRequest) -> HttpResponse:
    """Write a post."""
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        post = form.save(commit=False)
        post.author = request.user
        post.submission = form.cleaned_data["submission"] or post.submission
        # Of two clicks the first has made the post, and the second leads to it as well.
        with suppress(Post.AlreadyPublished):
            announce(post.publish(form.cleaned_data["tags"]))
        return redirect("posts:list")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "posts/form.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own post."""
    post = get_object_or_404(request.user.posts.visible(), pk=pk)
    form = PostForm(request.POST or None, instance=post)
    if request.method == "POST" and form.is_valid():
        announce(form.save(commit=False).revise(form.cleaned_data["tags"]))
        return redirect(post)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "posts/form.html", {"form": form, "post": post}, status=status)


@login_required
@require_POST
def post_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one's own post."""
    post = get_object_or_404(request.user.posts.visible(), pk=pk)
    announce(post.remove())
    return redirect("posts:list")
