"""Feeds. Each is asked for again and again: who has the newest gets a 304."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from posts.feeds import AuthorFeed, JsonFeed, PostFeed, TagFeed

# no-cache: kept, but asked about each time, so that a post that was removed is gone at once.
fresh = cache_control(public=True, no_cache=True)


@require_safe
@conditional_page
@fresh
def feed(request: HttpRequest) -> HttpResponse:
    """The newest posts, as Atom."""
    return PostFeed()(request)


@require_safe
@conditional_page
@fresh
def feed_json(request: HttpRequest) -> HttpResponse:
    """The newest posts, as a JSON Feed."""
    return PostFeed(JsonFeed)(request)


@require_safe
@conditional_page
@fresh
def author_feed(request: HttpRequest, username: str) -> HttpResponse:
    """The newest posts of one author, as Atom."""
    return AuthorFeed()(request, username=username)


@require_safe
@conditional_page
@fresh
def tag_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest posts of one tag, as Atom."""
    return TagFeed()(request, slug=slug)
