"""Finding things again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posts.events import CARDS
from posts.live import live
from posts.models import Post
from posts.personal import personalise

MOST = 50
MOST_CHARACTERS = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Posts that match `?q=`, the best first: as one types, or by pressing the button."""
    query = " ".join(request.GET.get("q", "").split())[:MOST_CHARACTERS]
    ctx = {
        # What is found is patched and removed like on any list; nothing comes by itself.
        "live": live(CARDS),
        "query": query,
        "posts": Post.objects.search(query, MOST),
        "most": MOST,
    }
    personalise(request.user, ctx["posts"])
    return render(request, "posts/search.html", ctx)
