"""allauth's views of signing in with another site, for when that site does not do its part."""

import logging
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.decorators import rate_limit
from allauth.socialaccount.providers.github import views as github
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from requests import RequestException

from accounts.requests import View

logger = logging.getLogger(__name__)

NONSENSE = (
    RequestException,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    TypeError,
    ValueError,
)
"""What allauth raises when a site does not answer, or answers with something else."""


def answering(view: View) -> View:
    """Answer in words when the other site is away, or says what it should not."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NONSENSE as error:
            logger.warning("Signing in at %s: %r", request.path, error)
            status = HTTPStatus.BAD_GATEWAY
            return render(request, "socialaccount/authentication_error.html", status=status)

    return answer


# Each begins with a request of ours to that site.
_limited = rate_limit(action="provider_login")

github_login = _limited(answering(github.oauth2_login))
github_callback = require_safe(answering(github.oauth2_callback))
openid_connect_login = _limited(answering(openid_connect.login))
openid_connect_callback = require_safe(answering(openid_connect.callback))
