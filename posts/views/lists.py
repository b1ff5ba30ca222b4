"""Lists of posts, newest first."""

from functools import partial
from typing import Any, cast

from django.conf import settings
from django.db.models import Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from bookshelf.ids import parse_id
from posts.events import CARDS, KEY, POSTS, author_topic, tag_topic
from posts.models import Post, Tag, Tagging
from posts.pages.listings import ListToRead, read_listing
from posts.pages.live_region import Live, live_list
from posts.pages.page_cache import log_cursor, same_for_everyone
from posts.pages.shown_rows import shown_by
from posts.pages.viewer_state import relation_to
from posts.views.reader_names import in_any_case


@require_safe
def post_list(request: HttpRequest) -> HttpResponse:
    """List all posts."""
    # Before the posts: the page then catches up with what is posted in between.
    cursor = log_cursor(request)
    key_posts = Exists(Post.objects.visible().key_posts())
    also = {"has_key_posts": key_posts}
    every = ListToRead("all", lambda _: Post.objects.all(), with_pinned=True, also=also)
    listing = read_listing(request, cursor, every)
    same_for_everyone(request, cursor, listing.shown)
    ctx: dict[str, Any] = {
        "live": live_list(request, cursor, POSTS),
        "page": listing.page,
        "pinned": listing.pinned,
        "removed": removed_just_now(request),
        "demo": settings.DEBUG,
    }
    return render(request, "posts/list.html", ctx)


@require_safe
def tag_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the posts of one tag."""
    cursor = log_cursor(request)
    tagged = ListToRead(
        f"tag {slug}", Tagging.objects.of, partial(get_object_or_404, Tag, slug=slug)
    )
    listing = read_listing(request, cursor, tagged)
    tag = cast(Tag, listing.owner)
    if not listing.page.rows and tag.is_taken_down:
        raise Http404("There is nothing with this tag.")
    same_for_everyone(request, cursor, listing.shown)
    topics = live_list(request, cursor, tag_topic(tag.slug))
    return render(request, "posts/tag.html", {"live": topics, "tag": tag, "page": listing.page})


@in_any_case
@require_safe
def author_list(request: HttpRequest, username: str) -> HttpResponse:
    """List the posts of one author."""
    cursor = log_cursor(request)
    found = partial(get_object_or_404, User.objects.present(), username=username)
    theirs = ListToRead(f"author {username}", lambda owner: Post.objects.by(owner.pk), found)
    listing = read_listing(request, cursor, theirs)
    author = cast(User, listing.owner)
    relation = relation_to(author, request.user)
    shown = shown_by(shelves={author.pk: relation.has_shelf})
    same_for_everyone(request, cursor, listing.shown.and_of(shown))
    ctx: dict[str, Any] = {
        "live": live_list(request, cursor, author_topic(author.pk)),
        "author": author,
        "following": relation.is_followed,
        "is_blocked": relation.is_blocked,
        "has_shelf": relation.has_shelf,
        "page": listing.page,
    }
    return render(request, "posts/author.html", ctx)


@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """List the posts that moderators have marked as key posts."""
    cursor = log_cursor(request)
    marked = ListToRead("key posts", lambda _: Post.objects.key_posts())
    listing = read_listing(request, cursor, marked)
    same_for_everyone(request, cursor, listing.shown)
    ctx = {"live": live_list(request, cursor, KEY), "page": listing.page}
    return render(request, "posts/key.html", ctx)


@require_safe
def book_list(request: HttpRequest, key: str) -> HttpResponse:
    """List the posts of one book: same title, same author."""
    # Changes and removals reach these cards; new posts are not inserted.
    topics = Live(log_cursor(request), (CARDS,))
    of_book = ListToRead(f"book {key}", lambda _: Post.objects.of_book(key))
    listing = read_listing(request, topics.cursor, of_book)
    if not listing.page.rows:
        raise Http404("Nobody has posted this book.")
    same_for_everyone(request, topics.cursor, listing.shown)
    ctx = {"live": topics, "page": listing.page, "post": listing.page.rows[0].post}
    return render(request, "posts/book.html", ctx)


def removed_just_now(request: HttpRequest) -> Post | None:
    """Return the post of `?removed=<id>` when this user may still undo its removal."""
    pk = parse_id(request.GET.get("removed"))
    if pk is None or not request.user.is_authenticated:
        return None
    post = Post.objects.editable_by(request.user).filter(pk=pk).first()
    return post if post and post.can_be_restored else None
