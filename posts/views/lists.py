"""Lists of posts, newest first."""

from typing import Any

from django.conf import settings
from django.db.models import Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookshelf.ids import parse_id
from posts.events import CARDS, KEY, POSTS, author_topic, tag_topic
from posts.models import Post, Tag, Tagging
from posts.pages.live_region import live, live_list
from posts.pages.page_cache import same_for_everyone
from posts.pages.pagination import read_posts
from posts.pages.viewer_state import add_viewer_state, authors_as_seen_by
from posts.views.reader_names import in_any_case


@require_safe
def post_list(request: HttpRequest) -> HttpResponse:
    """List all posts."""
    key_posts = Post.objects.visible().key_posts()
    ctx: dict[str, Any] = {
        # Before the posts: the page then catches up with what is posted in between.
        "live": live_list(request, POSTS),
        "page": read_posts(request, Post.objects.all(), has_key_posts=Exists(key_posts)),
        "pinned": Post.objects.pinned() if "before" not in request.GET else None,
        "removed": removed_just_now(request),
        "demo": settings.DEBUG,
    }
    add_viewer_state(request.user, ctx["page"].rows)
    same_for_everyone(request, ctx["live"].cursor, ctx["page"].rows)
    return render(request, "posts/list.html", ctx)


@require_safe
def tag_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the posts of one tag."""
    tag = get_object_or_404(Tag, slug=slug)
    ctx: dict[str, Any] = {
        "live": live_list(request, tag_topic(tag.slug)),
        "tag": tag,
        "page": read_posts(request, Tagging.objects.of(tag)),
    }
    if not ctx["page"].rows and tag.is_taken_down:
        raise Http404("There is nothing with this tag.")
    add_viewer_state(request.user, ctx["page"].rows)
    return render(request, "posts/tag.html", ctx)


@in_any_case
@require_safe
def author_list(request: HttpRequest, username: str) -> HttpResponse:
    """List the posts of one author."""
    author = get_object_or_404(authors_as_seen_by(request.user), username=username)
    ctx: dict[str, Any] = {
        "live": live_list(request, author_topic(author.pk)),
        "author": author,
        "following": author.is_followed,  # type: ignore[attr-defined]  # annotated
        "has_shelf": author.has_shelf,  # type: ignore[attr-defined]  # annotated
        "page": read_posts(request, Post.objects.by(author.pk)),
    }
    add_viewer_state(request.user, ctx["page"].rows)
    return render(request, "posts/author.html", ctx)


@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """List the posts that moderators have marked as key posts."""
    ctx: dict[str, Any] = {
        "live": live_list(request, KEY),
        "page": read_posts(request, Post.objects.key_posts()),
    }
    add_viewer_state(request.user, ctx["page"].rows)
    return render(request, "posts/key.html", ctx)


@require_safe
def book_list(request: HttpRequest, key: str) -> HttpResponse:
    """List the posts of one book: same title, same author."""
    # Changes and removals reach these cards; new posts are not inserted.
    topics = live(CARDS)
    page = read_posts(request, Post.objects.of_book(key))
    if not page.rows:
        raise Http404("Nobody has posted this book.")
    add_viewer_state(request.user, page.rows)
    return render(request, "posts/book.html", {"live": topics, "page": page})


def removed_just_now(request: HttpRequest) -> Post | None:
    """Return the post of `?removed=<id>` when this user may still undo its removal."""
    pk = parse_id(request.GET.get("removed"))
    if pk is None or not request.user.is_authenticated:
        return None
    post = Post.objects.editable_by(request.user).filter(pk=pk).first()
    return post if post and post.can_be_restored else None
