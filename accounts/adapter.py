"""Where allauth lets the site have its say."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.sessions import announce_sign_out


class AccountAdapter(DefaultAccountAdapter):
    """Tells the open sockets of a user who leaves or changes the password."""

    def logout(self, request: HttpRequest) -> None:
        user_id = request.user.pk
        # Django's own signal comes before the session is gone, which would be too early.
        super().logout(request)
        if user_id is not None:
            announce_sign_out(user_id)

    def set_password(self, user: Any, password: str) -> None:
        super().set_password(user, password)
        announce_sign_out(user.pk)
