"""Who reads and writes here."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction

from accounts.signals import renamed

NAMES = {"name", "username"}
"""Fields that decide what others call somebody."""


class ReaderManager(UserManager["User"]):
    def wanting_digests(self) -> models.QuerySet["User"]:
        """Those who asked for mails, at an address that is known to be theirs."""
        theirs = {"emailaddress__verified": True, "emailaddress__email": models.F("email")}
        return self.filter(is_active=True, digest=True, unread__gt=0, **theirs)


class User(AbstractUser):
    """A reader, who is an author as soon as they post."""

    name = models.CharField("name shown to others", max_length=80, blank=True)
    about = models.CharField("about you", max_length=300, blank=True)
    show_in_rooms = models.BooleanField("show my name in rooms", default=False)
    # Kinds of notifications that are not wanted (accounts.kinds.NotificationKind).
    muted = models.JSONField(default=list, blank=True)
    digest = models.BooleanField("mail me what I have not read, once a day", default=False)
    # How many notifications have not been read: kept by their verbs.
    unread = models.PositiveIntegerField(default=0, editable=False)

    objects = ReaderManager()

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the account and, in the same transaction, tell of a new name."""
        fields = None if update_fields is None else list(update_fields)
        kwargs["update_fields"] = fields
        if self._state.adding or (fields is not None and NAMES.isdisjoint(fields)):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            # Locked: of two who rename at once each sees what the other one did.
            before = User.objects.select_for_update().filter(pk=self.pk).first()
            super().save(*args, **kwargs)
            if before is not None and before.display_name != self.display_name:
                renamed.send(User, user=self)

    @property
    def display_name(self) -> str:
        """The name that others see: the chosen one, else the user name."""
        return self.name or self.username
