"""Lists of posts, newest first."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from posts.events import CARDS, KEY, POSTS, author_topic, tag_topic
from posts.live import live, live_list
from posts.models import Post, Tag, Tagging
from posts.pages import read_page
from posts.personal import authors_as_seen_by, personalise
from posts.shared import same_for_everyone


@require_safe
def post_list(request: HttpRequest) -> HttpResponse:
    """All posts, newest first."""
    ctx = {
        # Before the posts: what is posted in between is then caught up, not missed.
        "live": live_list(request, POSTS),
        "page": read_page(request, Post.objects.all()),
        "pinned": Post.objects.pinned() if "before" not in request.GET else None,
        "removed": removed_just_now(request),
    }
    personalise(request.user, ctx["page"].posts)
    same_for_everyone(request, ctx["live"].cursor, ctx["page"].posts)
    return render(request, "posts/list.html", ctx)


@require_safe
def tag_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The posts of one tag."""
    tag = get_object_or_404(Tag, slug=slug)
    ctx = {
        "live": live_list(request, tag_topic(tag.slug)),
        "tag": tag,
        "page": read_page(request, Tagging.objects.of(tag)),
    }
    personalise(request.user, ctx["page"].posts)
    return render(request, "posts/tag.html", ctx)


@require_safe
def author_list(request: HttpRequest, username: str) -> HttpResponse:
    """The posts of one author."""
    author = get_object_or_404(authors_as_seen_by(request.user), username=username)
    ctx = {
        "live": live_list(request, author_topic(author.pk)),
        "author": author,
        "following": author.is_followed,
        "has_shelf": author.has_shelf,
        "page": read_page(request, Post.objects.by(author.pk)),
    }
    personalise(request.user, ctx["page"].posts)
    return render(request, "posts/author.html", ctx)


@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """The posts that staff have marked as key posts."""
    ctx = {"live": live_list(request, KEY), "page": read_page(request, Post.objects.key_posts())}
    personalise(request.user, ctx["page"].posts)
    return render(request, "posts/key.html", ctx)


@require_safe
def book_list(request: HttpRequest, key: str) -> HttpResponse:
    """The posts of one book: same title, same author."""
    # They are patched and removed like on any list; nothing comes by itself.
    topics = live(CARDS)
    page = read_page(request, Post.objects.of_book(key))
    if not page.posts:
        raise Http404("Nobody has posted this book.")
    personalise(request.user, page.posts)
    return render(request, "posts/book.html", {"live": topics, "page": page})


def removed_just_now(request: HttpRequest) -> Post | None:
    """Return the post of `?removed=<id>` when this user may still take its removal back."""
    pk = request.GET.get("removed", "")
    if not (request.user.is_authenticated and pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    post = Post.objects.editable_by(request.user).filter(pk=pk).first()
    return post if post and post.can_be_restored else None
