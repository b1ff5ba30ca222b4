"""Feeds. Feed readers poll them: one that has the newest version gets a 304."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from accounts.limits import limited
from bookshelf.locales import for_everybody
from posts.feeds import AuthorFeed, JsonFeed, PostFeed, TagFeed
from posts.views.reader_names import in_any_case

# no-cache: stored, but validated each time, so that a removed post disappears at once.
fresh = cache_control(public=True, no_cache=True)


@require_safe
@for_everybody
@limited("feed", "GET", by_user=False)
@conditional_page
@fresh
def feed(request: HttpRequest) -> HttpResponse:
    """Return the newest posts as Atom."""
    return PostFeed()(request)


@require_safe
@for_everybody
@limited("feed", "GET", by_user=False)
@conditional_page
@fresh
def feed_json(request: HttpRequest) -> HttpResponse:
    """Return the newest posts as a JSON Feed."""
    return PostFeed(JsonFeed)(request)


@in_any_case
@require_safe
@for_everybody
@limited("feed", "GET", by_user=False)
@conditional_page
@fresh
def author_feed(request: HttpRequest, username: str) -> HttpResponse:
    """Return the newest posts of one author as Atom."""
    return AuthorFeed()(request, username=username)


@require_safe
@for_everybody
@limited("feed", "GET", by_user=False)
@conditional_page
@fresh
def tag_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the newest posts of one tag as Atom."""
    return TagFeed()(request, slug=slug)
