"""An account with a password, and browsers whose user has just proved who they are."""

import time

from allauth.account.models import EmailAddress
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User
from accounts.security.reauthentication import PROVIDER

PASSWORD = "a very quiet room"


def confirmed_account(name: str) -> User:
    """Return an account with PASSWORD and a confirmed address."""
    user = UserFactory(username=name, email=f"{name}@example.com")
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def reauthenticate(client: Client, user: User) -> None:
    """Note in the session what entering the password again notes, or another site, without one."""
    session, record = client.session, {"at": time.time(), "reauthenticated": True}
    if user.has_usable_password():
        record |= {"method": "password"}
    else:
        record |= {"method": PROVIDER, "provider": "oidc", "uid": "1"}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
