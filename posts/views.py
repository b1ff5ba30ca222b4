"""The pages of posts. Each reads from permission to response."""

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from posts.events import POSTS, announce, author_topic, post_topic, tag_topic
from posts.forms import PostForm
from posts.live import live, live_list
from posts.models import Post, Tag
from posts.pages import read_page

UNPROCESSABLE = 422


@require_safe
def post_list(request: HttpRequest) -> HttpResponse:
    """All posts, newest first."""
    ctx = {
        # Before the posts: what is posted in between is then caught up, not missed.
        "live": live_list(request, POSTS),
        "page": read_page(request, Post.objects.all()),
    }
    return render(request, "posts/list.html", ctx)


@require_safe
def tag_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The posts of one tag."""
    tag = get_object_or_404(Tag, slug=slug)
    ctx = {
        "live": live_list(request, tag_topic(tag.slug)),
        "tag": tag,
        "page": read_page(request, Post.objects.tagged(tag.slug)),
    }
    return render(request, "posts/tag.html", ctx)


@require_safe
def author_list(request: HttpRequest, username: str) -> HttpResponse:
    """The posts of one author."""
    author = get_object_or_404(User, username=username)
    ctx = {
        "live": live_list(request, author_topic(author.pk)),
        "author": author,
        "page": read_page(request, Post.objects.by(author.pk)),
    }
    return render(request, "posts/author.html", ctx)


@require_safe
def post_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: the book's room."""
    topics = live(post_topic(pk))
    post = get_object_or_404(Post.objects.with_details(), pk=pk)
    ctx = {"live": topics, "post": post, "may_edit": post.author_id == request.user.pk}
    if post.removed_at:
        return render(request, "posts/removed.html", ctx, status=410)
    return render(request, "posts/detail.html", ctx)


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
