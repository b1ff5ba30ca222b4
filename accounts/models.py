"""Who reads and writes here."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


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

    @property
    def display_name(self) -> str:
        """The name that others see: the chosen one, else the user name."""
        return self.name or self.username
