"""Download everything of mine."""

from collections.abc import AsyncIterator, Iterator

from allauth.account.decorators import reauthentication_required
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.leaving.exports import archive
from accounts.leaving.views import sends
from accounts.limits import limited
from accounts.requests import SignedInRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("export")
@login_required
@reauthentication_required(enabled=sends)  # type: ignore[untyped-decorator]  # allauth's is
def export(request: SignedInRequest) -> HttpResponse | StreamingHttpResponse:
    """Say what there is to download, and send it."""
    if request.method != "POST":
        return render(request, "accounts/export.html")
    chunks = archive(request.user)
    name = f"bookshelf-{request.user.username}-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        # Under ASGI Django would hold all that a plain iterator gives before it sends any.
        in_steps(chunks) if isinstance(request, ASGIRequest) else filter(None, chunks),
        content_type="application/zip",
        headers={"Content-Disposition": content_disposition_header(True, name) or ""},
    )


async def in_steps(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take each chunk in the request's thread, when the one before has been sent."""
    step = sync_to_async(lambda: next(chunks, None))
    while (chunk := await step()) is not None:
        # An empty one would end the body of a response that is sent in chunks.
        if chunk:
            yield chunk
