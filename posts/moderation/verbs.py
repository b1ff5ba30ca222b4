"""What moderators do, each in one transaction with its change and its entry (ModerationAction).

Each verb takes an unsaved entry, does what it says, and returns the change to announce, if any.
Raises PermissionDenied when this moderator may not do it to this person, and Pointless when there
is nothing (left) to do.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notification_kinds import NotificationKind
from bookshelf.log import Change, record
from posts.log import Kind
from posts.models import Appeal, Comment, ModerationAction, Notification, Post
from posts.models.likeable import TakenDown
from posts.models.moderated import Redaction
from posts.models.moderation import Verb
from posts.moderation.purge import Pointless, purge, unpurge

NOTHING = Redaction()


def carry_out(action: ModerationAction, redaction: Redaction = NOTHING) -> Change | None:
    """Do what an unsaved entry says. `redaction` is what REDACT cuts out."""
    check_may(action)
    if action.verb == Verb.REDACT:
        return _redact(action, redaction)
    return _DO[Verb(action.verb)](action)


def check_may(action: ModerationAction) -> None:
    """Raise PermissionDenied when the moderator of an entry may not do what it says."""
    moderator = action.moderator
    # Else nobody could answer a report about the only admin.
    is_dismissal = action.verb == Verb.DISMISS and moderator.is_superuser
    if not (moderator.may_act_on(action.person) or is_dismissal):
        raise PermissionDenied


def take_back(action: ModerationAction, by: User, text: str) -> Change | None:
    """Undo an action, as far as it can be; return the change to announce.

    What was redacted is gone, and a warning was given: then only the entry says so.
    """
    opposite = OPPOSITE.get(Verb(action.verb))
    if opposite is None:
        return None
    undoing = ModerationAction.of(
        by, opposite, action.item, reason=action.reason, text=text, undoes=action
    )
    try:
        return carry_out(undoing)
    except Pointless:
        # It has ended by itself, or was undone before.
        return None


def answer(appeal: Appeal, by: User, taken_back: bool, text: str) -> Change | None:
    """Answer an appeal, once, and take back what it is against, if so decided.

    Raises PermissionDenied when this moderator may not answer it, or somebody has before.
    """
    with transaction.atomic():
        stored = Appeal.objects.select_for_update().get(pk=appeal.pk)
        if stored.answered_at or not appeal.may_be_answered_by(by):
            raise PermissionDenied
        appeal.answered_by, appeal.answered_at = by, timezone.now()
        appeal.taken_back, appeal.answer = taken_back, text
        appeal.save()
        change = take_back(appeal.action, by, text) if taken_back else None
        if change is not None:
            return change
        # What was undone has a notice of its own.
        action = appeal.action
        kinds = {action.person: NotificationKind.MODERATED}
        notified = Notification.objects.notify(
            kinds, by.pk, action.post_id, action.comment_id, action.pk
        )
        return record(Kind.NOTIFIED, users=notified) if notified else None


OPPOSITE = {
    Verb.HIDE: Verb.RESTORE,
    Verb.REMOVE: Verb.RESTORE,
    Verb.CLOSE: Verb.REOPEN,
    Verb.SUSPEND: Verb.LIFT,
    Verb.BAN: Verb.UNBAN,
    Verb.PURGE: Verb.UNPURGE,
}


# --- Posts and comments


def _take_down(how: TakenDown) -> Callable[[ModerationAction], Change | None]:
    def do(action: ModerationAction) -> Change | None:
        return _written(action).take_down(how, action.enter)

    return do


def _put_back(action: ModerationAction) -> Change | None:
    item = _written(action)
    try:
        return item.put_back(action.enter)
    except item.Gone:
        raise Pointless from None


def _redact(action: ModerationAction, redaction: Redaction) -> Change | None:
    item = _written(action)
    if isinstance(item, Post):
        return item.redact(redaction, action.enter)
    return item.redact(lambda text: redaction.cut("body", text), action.enter)


def _close(closed: bool) -> Callable[[ModerationAction], Change | None]:
    def do(action: ModerationAction) -> Change | None:
        item = _written(action)
        post = item if isinstance(item, Post) else item.post
        change = post.close_room(closed, action.enter)
        if change is None:
            raise Pointless
        return change

    return do


def _written(action: ModerationAction) -> Post | Comment:
    item = action.item
    if isinstance(item, User):
        raise Pointless
    return item


# --- People


def _note(action: ModerationAction) -> Change | None:
    with transaction.atomic():
        return _tell(action)


def _suspend(action: ModerationAction) -> Change | None:
    if action.until is None or action.until <= timezone.now():
        raise Pointless
    with transaction.atomic():
        User.objects.filter(pk=action.person_id).update(suspended_until=action.until)
        return _tell(action)


def _lift(action: ModerationAction) -> Change | None:
    with transaction.atomic():
        suspended = User.objects.filter(pk=action.person_id, suspended_until__gt=timezone.now())
        if not suspended.update(suspended_until=None):
            raise Pointless
        return _tell(action)


def _ban(action: ModerationAction) -> Change | None:
    """Ban: the account is not active, so all its sessions end at once (accounts.sessions)."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=action.person_id)
        if person.banned_at is not None:
            raise Pointless
        action.details = {"was_active": person.is_active}
        User.objects.filter(pk=person.pk).update(banned_at=timezone.now(), is_active=False)
        return _tell(action)


def _unban(action: ModerationAction) -> Change | None:
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=action.person_id)
        if person.banned_at is None or person.purged_at is not None:
            raise Pointless
        bans = ModerationAction.objects.against(person).filter(verb__in=[Verb.BAN, Verb.PURGE])
        last = bans.newest_first().first()
        was_active = last is None or last.details.get("was_active", True)
        User.objects.filter(pk=person.pk).update(banned_at=None, is_active=was_active)
        return _tell(action)


def _tell(action: ModerationAction) -> Change | None:
    notified = action.enter()
    return record(Kind.NOTIFIED, users=notified) if notified else None


_DO: dict[Verb, Callable[[ModerationAction], Change | None]] = {
    Verb.HIDE: _take_down(TakenDown.HIDDEN),
    Verb.REMOVE: _take_down(TakenDown.REMOVED),
    Verb.RESTORE: _put_back,
    Verb.CLOSE: _close(True),
    Verb.REOPEN: _close(False),
    Verb.DISMISS: _note,
    Verb.WARN: _note,
    Verb.SUSPEND: _suspend,
    Verb.LIFT: _lift,
    Verb.BAN: _ban,
    Verb.UNBAN: _unban,
    Verb.PURGE: purge,
    Verb.UNPURGE: unpurge,
}
