"""The names of authors: they stand on many pages, and change on all that are open."""

from typing import Any

from accounts.models import User
from posts.events import announce
from posts.log import Kind, record


def record_new_name(user: User, **kwargs: Any) -> None:
    """Tell every open page that this user is called something else. Receives accounts' `renamed`.

    Raises TransactionManagementError outside a transaction.
    """
    announce(record(Kind.AUTHOR_RENAMED, author_id=user.pk))
