"""Search."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limits import limited
from posts.events import CARDS
from posts.models import Post
from posts.pages.live_region import live
from posts.pages.viewer_state import add_viewer_state

MOST = 50
MOST_CHARACTERS = 200


@require_safe
@limited("search", "GET")
def search(request: HttpRequest) -> HttpResponse:
    """Show the posts that match `?q=`, the best first: while the reader types, or on submit."""
    query = " ".join(request.GET.get("q", "").split())[:MOST_CHARACTERS]
    ctx: dict[str, Any] = {
        # Changes and removals reach these cards; new posts are not inserted.
        "live": live(CARDS),
        "query": query,
        "posts": Post.objects.search(query, MOST),
        "most": MOST,
    }
    add_viewer_state(request.user, ctx["posts"])
    return render(request, "posts/search.html", ctx)
