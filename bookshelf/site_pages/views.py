"""The page that shows a text of the operator's."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookshelf.site_pages.page import SitePage


@require_safe
def site_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a page. One that is not public exists only for those who may write it."""
    page = get_object_or_404(SitePage, name=name)
    if not page.is_public and not request.user.has_perm("bookshelf.change_sitepage"):
        raise Http404
    ctx = {"page": page, "canonical": request.build_absolute_uri(page.get_absolute_url())}
    return render(request, "site_page.html", ctx)
