"""Addresses with a reader's name in them, in another case than the name is written in."""

from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import User
from accounts.requests import View


def in_any_case(view: View) -> View:
    """Have a view that takes a `username`, and finds nobody of that name, lead to the one meant.

    Not for good: another may choose that name some day. What was sent is sent again.
    """

    @wraps(view)
    def view_or_redirect(request: HttpRequest, *, username: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, username=username, **kwargs)
        except Http404:
            meant = User.objects.named([username])
            match = request.resolver_match
            if not meant or meant[0].username == username or match is None:
                raise
            names = {"username": meant[0].username}
            address = reverse(match.view_name, kwargs=match.kwargs | names)
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(
                f"{address}?{query}" if query else address,
                preserve_request=request.method not in ("GET", "HEAD"),
            )

    return view_or_redirect
