"""Invitations: a link that lets one person write posts, where that takes one (WHO_MAY_POST)."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

LASTS = timedelta(days=14)
MOST_OPEN = 5
"""Invitations that a member may have open at a time."""

MOST_OPEN_OF_STAFF = 100
SHOWN = 50
"""Invitations on one's page, the newest ones."""

MAIL_AGAIN_AFTER = timedelta(days=1)
"""How long an address is left alone that an invitation was mailed to, whoever invites."""


class TooManyOpen(Exception):
    """This member has as many open invitations as one may have."""


def hash_of(token: str) -> str:
    """Return what is stored of a token. It is random and long: no salt, no slow hash."""
    return sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.filter(
            accepted_at=None, taken_back_at=None, expires_at__gt=timezone.now()
        ).filter(inviter__is_active=True)

    def of(self, inviter: Any) -> "InvitationQuerySet":
        return self.filter(inviter=inviter)

    def newest_first(self) -> "InvitationQuerySet":
        return self.order_by("-pk")

    def with_token(self, token: str) -> "InvitationQuerySet":
        return self.filter(token_hash=hash_of(token)).select_related("inviter")

    def was_mailed(self, email: str) -> bool:
        """Whether somebody was invited at this address not long ago."""
        since = timezone.now() - MAIL_AGAIN_AFTER
        return self.filter(email=email, created_at__gt=since).exists()

    def invite(self, inviter: Any, email: str = "") -> str:
        """Store an invitation, and return the token of its link. Raises TooManyOpen."""
        token = secrets.token_urlsafe(24)
        most = MOST_OPEN_OF_STAFF if inviter.is_staff else MOST_OPEN
        with transaction.atomic():
            # Locked: of two at once the second one counts the first.
            get_user_model()._default_manager.select_for_update().get(pk=inviter.pk)
            if self.of(inviter).open().count() >= most:
                raise TooManyOpen
            self.create(inviter=inviter, email=email, token_hash=hash_of(token))
        return token

    def accept(self, token: str, user: Any) -> bool:
        """Let this user write posts. Return whether the invitation was still open."""
        with transaction.atomic():
            found = self.open().exclude(inviter=user).filter(token_hash=hash_of(token)).first()
            if found is None:
                return False
            # Of two who open a link at once one is let in: the other one's statement waits, and
            # looks at the row again.
            still = Invitation.objects.filter(pk=found.pk, accepted_at=None, taken_back_at=None)
            if not still.update(accepted_at=timezone.now(), accepted_by=user):
                return False
            user.is_invited = True
            user.save(update_fields=["is_invited"])
        return True


def _end() -> Any:
    return timezone.now() + LASTS


class Invitation(models.Model):
    """An invitation. Only the hash of its token is stored: who reads the table gets in nowhere."""

    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=_end)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation {self.pk} of {self.inviter}"

    @property
    def state(self) -> str:
        """What has become of it: "accepted", "taken back", "expired" or "open"."""
        if self.accepted_at:
            return "accepted"
        if self.taken_back_at:
            return "taken back"
        return "open" if self.expires_at > timezone.now() else "expired"

    def take_back(self) -> bool:
        """Have the link work no longer. Return whether it was open."""
        still = Invitation.objects.open().filter(pk=self.pk)
        return bool(still.update(taken_back_at=timezone.now()))
