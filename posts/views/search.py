"""Search."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limits import limited
from posts.events import CARDS
from posts.models import Post
from posts.pages.kept_fragments import Card
from posts.pages.live_region import live
from posts.pages.viewer_state import cards_as_seen_by

MOST = 50
MOST_CHARACTERS = 200


@require_safe
@limited("search", "GET")
def search(request: HttpRequest) -> HttpResponse:
    """Show the posts that match `?q=`, the best first: while the reader types, or on submit."""
    query = " ".join(request.GET.get("q", "").split())[:MOST_CHARACTERS]
    # Before the posts: the page then catches up with what happens in between.
    topics = live(CARDS)
    found = [Card(post) for post in Post.objects.search(query, MOST)]
    ctx: dict[str, Any] = {
        # Changes and removals reach these cards; new posts are not inserted.
        "live": topics,
        "query": query,
        "cards": cards_as_seen_by(request.user, found),
        "most": MOST,
    }
    return render(request, "posts/search.html", ctx)
