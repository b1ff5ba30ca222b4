"""Delete an account, for good: with what it has written, or leaving that without a name.

Two parts, so that no transaction and no request gets long:

1. `close_account`, one transaction: the account has no name, mail address, password or picture any
   more, is signed out everywhere, and what only it could see is deleted. The row stays, as a shell
   that posts and comments of "Someone who left" refer to.
2. `go_on_leaving`, only when the texts are to be removed: in batches, each with its changes in the
   log, so that open pages follow. What is left when time is up, or when the process ends, is done
   by the next one that looks (`manage.py prune`, posts/management/commands/prune.py).

Apps register what is theirs (a module `departure` of the app is imported when the site starts).
What refers to a user and is not named by any of them goes by its `on_delete`: rows that would be
deleted with the user are deleted, references that would become empty become empty.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.utils import timezone

from accounts.languages import in_language_of
from accounts.models import RENAMED, TakenName, User
from accounts.profile.avatars import discard_avatar
from accounts.relations import name_of, references_to_users
from bookshelf.doorbell import announce
from bookshelf.log import Change, record

logger = logging.getLogger(__name__)

LEFT_NAME = "Someone who left"
LEFT_ABOUT = "This account has been deleted."

NAME_KEPT_FOR = timedelta(days=180)
"""How long nobody gets the name of a deleted account: nobody is to be taken for who left."""

SECONDS = 8.0
"""How long a request goes on removing texts; the rest is left to `manage.py prune`."""

USER_SESSION: str = "usersessions.UserSession"
"""allauth's list of sessions, where that is installed."""

Batches = Callable[[int], Iterator[Change | None]]
"""Removes what a user (id) has written, a batch for each step, each in a transaction of its own.

Gives the last change of each batch. Begun again after an interruption it goes on.
"""


class Counted(NamedTuple):
    """What the page that asks says of an account: `number` things of this name, as `words`."""

    number: int
    noun: str
    words: str


KEPT: dict[str, str] = {
    "accounts.TakenName.user": "the name stays taken for a while; how it looks, not the name",
    "admin.LogEntry.user": "what staff have done stays known",
}
"""References to a user that stay when an account is closed, each with the reason."""

_closing: list[Callable[[int], object]] = []
_removing: list[Batches] = []
_counting: list[Callable[[User], list[Counted]]] = []


class LastAdmin(Exception):
    """The only superuser cannot leave: nobody could run the site."""


def stays(reference: str, reason: str) -> None:
    """Have a reference ("app.Model.field") stay when an account is closed."""
    KEPT[reference] = reason


def when_closing(work: Callable[[int], object]) -> Callable[[int], object]:
    """Have something done in the transaction that closes an account (id). A decorator."""
    _closing.append(work)
    return work


def when_removing(batches: Batches) -> Batches:
    """Have something removed, when texts are to be. In the order of registering. A decorator."""
    _removing.append(batches)
    return batches


def counts_for_leaving(count: Callable[[User], list[Counted]]) -> None:
    """Have the page that asks say how much there is. A decorator."""
    _counting.append(count)


def counted(user: User) -> list[Counted]:
    """Return how much an account has that its owner decides about."""
    return [each for count in _counting for each in count(user)]


def leave(user: User, *, keeps_texts: bool) -> None:
    """Delete an account for good, and mail its owner that this was done.

    With `keeps_texts` posts, comments and likes stay, without a name. Otherwise they are removed,
    as much as SECONDS allow; `go_on_leaving` removes the rest. Raises LastAdmin.
    """
    address, name = user.email, user.display_name
    with transaction.atomic():
        announce(close_account(user, keeps_texts=keeps_texts))
    if address:
        # As it was before: the account has forgotten its language.
        with in_language_of(user):
            _mail(address, {"name": name, "keeps_texts": keeps_texts})
    go_on_leaving(user.pk)


def close_account(user: User, *, keeps_texts: bool) -> Change:
    """Take everything that says who it was from an account; return the change.

    Call it in a transaction. Raises LastAdmin. Twice is once.
    """
    # In one order, and before anything else: of the last two admins one stays.
    involved = User.objects.filter(
        models.Q(is_active=True, is_superuser=True) | models.Q(pk=user.pk)
    )
    list(involved.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    account = User.objects.select_for_update().get(pk=user.pk)
    if User.objects.last_superuser() == account:
        raise LastAdmin
    _end_sessions(account.pk)
    for field in references_to_users():
        if name_of(field) not in KEPT:
            _let_go(field, account.pk)
    for work in _closing:
        work(account.pk)
    discard_avatar(account.avatar)
    # Not `save`: the name stays taken (TakenName).
    nameless = f"reader-{secrets.token_hex(8)}"
    fresh = User(pk=account.pk, username=nameless, name=LEFT_NAME, about=LEFT_ABOUT)
    fresh.password = make_password(None)
    fresh.is_active, fresh.date_joined = False, account.date_joined
    fresh.left_at = account.left_at or timezone.now()
    fresh.is_leaving = account.is_leaving or not keeps_texts
    models.Model.save(fresh, force_update=True)
    return record(RENAMED, author_id=account.pk)


def go_on_leaving(user_id: int, seconds: float = SECONDS) -> bool:
    """Remove what is still to be removed of an account that was closed; return whether all is.

    Stops after the batch at whose end `seconds` are over.
    """
    if not User.objects.leaving().filter(pk=user_id).exists():
        return True
    end = time.monotonic() + seconds
    for batches in _removing:
        for change in batches(user_id):
            announce(change)
            if time.monotonic() > end:
                logger.info("texts of a deleted account are left user=%d", user_id)
                return False
    User.objects.filter(pk=user_id).update(is_leaving=False)
    return True


def release_names() -> int:
    """Give free the names of accounts that were deleted NAME_KEPT_FOR ago; return how many."""
    before = timezone.now() - NAME_KEPT_FOR
    return TakenName.objects.filter(user__left_at__lt=before).delete()[0]


def _let_go(field: models.ForeignKey[models.Model, models.Model], user_id: int) -> None:
    rows = field.model._base_manager.filter(**{field.attname: user_id})
    if field.remote_field.on_delete is models.SET_NULL:
        rows.update(**{field.attname: None})
    elif field.remote_field.on_delete is models.CASCADE:
        rows.delete()
    else:
        raise ImproperlyConfigured(f"What becomes of {name_of(field)} when an account is deleted?")


def _end_sessions(user_id: int) -> None:
    """Delete the sessions that are known to be the user's. The others end with the password."""
    if not apps.is_installed("allauth.usersessions"):
        return
    known = apps.get_model(USER_SESSION)._default_manager.filter(user_id=user_id)
    Session.objects.filter(pk__in=list(known.values_list("session_key", flat=True))).delete()


def _mail(address: str, ctx: dict[str, object]) -> None:
    try:
        get_adapter().render_mail("account/email/account_deleted", address, ctx).send()
    except Exception:
        # The account is gone either way.
        logger.exception("the mail about a deleted account was not sent")
