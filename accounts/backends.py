"""Authenticate: find the account of a login, and check its password."""

from typing import Any
from unicodedata import normalize

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.models import User

LONGEST_LOGIN = 320
"""Characters. One more, and it is the login of no account."""


class AccountBackend(AuthenticationBackend):
    """Like allauth's backend, but hash exactly one password for each attempt.

    allauth's looks a mail address up in two ways, and hashes once for each account that it finds.
    So the time of its answer shows whether the address is known.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return the active account of a session, with the permissions that every page asks for."""
        account = User.objects.get_with_permissions(user_id)
        return account if account is not None and self.user_can_authenticate(account) else None

    def _authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        name = credentials.get("username") or ""
        email = credentials.get("email") or ""
        # From the sign-in form both are what was typed. On reauthentication both belong to one
        # account, and only the user name is sure to be unique.
        account = find_account(name or email)
        return self._check_password(account, credentials["password"])


def accounts_to_reset(email: str) -> list[User]:
    """Return the active accounts of a mail address: those that have confirmed it, or else all.

    Two queries, whether it is known or not.
    """
    addresses = list(EmailAddress.objects.filter(email=email).select_related("user"))
    stored = list(User.objects.filter(email=email))
    confirmed = [address.user for address in addresses if address.verified]
    found = confirmed or [*(address.user for address in addresses), *stored]
    return [user for user in dict.fromkeys(found) if user.is_active]


def find_account(login: str) -> User | None:
    """Return the account that `login`, a user name or mail address, belongs to, or None.

    A confirmed mail address comes first: otherwise somebody could take it as their user name. The
    same queries run whether the login is known or not.
    """
    # SQLite refuses to look for a text of 50,000 characters.
    login = login[: LONGEST_LOGIN + 1]
    confirmed = EmailAddress.objects.filter(verified=True, email=login.lower())
    owners = [address.user for address in confirmed.select_related("user")]
    named = get_user_by_username(normalize("NFC", login))
    others = filter_users_by_email(login, for_login=True) if "@" in login else []
    others.sort(key=lambda user: user.pk)
    return next(filter(None, [*owners, named, *others]), None)
