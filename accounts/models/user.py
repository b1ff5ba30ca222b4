"""The user model."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Permission, UserManager
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models.taken_name import TakenName
from accounts.names.keys import NameKeyField, name_key
from accounts.names.validators import display_name_validators, username_validators
from bookshelf.compiled_queries import CompiledQuery, columns_of
from bookshelf.doorbell import announce
from bookshelf.line_field import LineField
from bookshelf.log import record
from bookshelf.pictures.files import AVATAR, file_name

NAMES = {"name", "username"}
"""Fields that nobody else may have, or have a look-alike of."""

SHOWN = {*NAMES, "about", "avatar"}
"""Fields that decide what other readers' open pages show of a user."""

RENAMED = "author_renamed"
"""The kind of change that says that a user has another display name or text about themselves."""


MODERATE = "accounts.moderate"
"""The permission of moderators (docs/moderation.md)."""

MARK_POSTS = "posts.mark_post"
"""The permission to pin posts and to mark key posts. Moderators have it as well."""

REMOVED_READER = "Removed reader"
"""What somebody is called after everything of theirs has been removed."""


class ReaderManager(UserManager["User"]):
    def wanting_digests(self) -> models.QuerySet["User"]:
        """Return users with unread notifications who want mails, at a confirmed address."""
        theirs = {"emailaddress__verified": True, "emailaddress__email": models.F("email")}
        return self.filter(is_active=True, digest=True, unread__gt=0, **theirs)

    def leaving(self) -> models.QuerySet["User"]:
        """Return deleted accounts of which some texts are still to be removed."""
        return self.filter(is_leaving=True)

    def last_superuser(self) -> "User | None":
        """Return the only active superuser; None when there are several, or none."""
        found = self.filter(is_active=True, is_superuser=True).order_by("pk")[:2]
        return found[0] if len(found) == 1 else None

    def with_permissions(self) -> models.QuerySet["User"]:
        """Fetch along whether each holds MODERATE and MARK_POSTS: every page shows it."""
        return self.annotate(
            holds_moderate=Exists(_granting(MODERATE)),
            holds_mark_post=Exists(_granting(MARK_POSTS)),
        )

    def get_with_permissions(self, pk: int) -> "User | None":
        """Return an account, active or not, `with_permissions`; None when there is none.

        One query, which is compiled once in a process.
        """
        found = WITH_PERMISSIONS.instances(User, "", [pk])
        return found[0] if found else None

    def moderators(self) -> models.QuerySet["User"]:
        """Return who may moderate: holders of the permission, and admins."""
        moderates = Q(is_superuser=True) | Exists(_granting(MODERATE))
        return self.filter(moderates, is_active=True)

    def present(self) -> models.QuerySet["User"]:
        """Leave out those of whom everything has been removed."""
        return self.filter(purged_at=None)

    def named(self, names: Iterable[str]) -> list["User"]:
        """Return whom these user names mean, whatever their case, each once. One query, or none.

        Of two names that differ by case alone, from times when that could be, the exact one is
        meant, or else the older.
        """
        names = list(dict.fromkeys(name for name in names if "\0" not in name))
        if not names:
            return []
        alike = models.Q(username_key__in=set(map(name_key, names)))
        found = list(self.filter(models.Q(username__in=names) | alike).order_by("-pk"))
        exact = {user.username: user for user in found}
        by_key = {user.username_key: user for user in found}
        meant = (exact.get(name) or by_key.get(name_key(name)) for name in names)
        return list(dict.fromkeys(user for user in meant if user is not None))


def _granting(permission: str) -> models.QuerySet[Permission]:
    """Return rows when the user of the outer query holds a permission, directly or by a group."""
    app, codename = permission.split(".")
    theirs = Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk"))
    return Permission.objects.filter(theirs, content_type__app_label=app, codename=codename)


WITH_PERMISSIONS = CompiledQuery(
    lambda ids: (
        User.objects.with_permissions()
        .filter(pk__in=ids)
        .values_list(*columns_of(User), "holds_moderate", "holds_mark_post")
    )
)
"""Users by their ids. Every request of somebody who is signed in reads one."""


class User(AbstractUser):
    """A reader; an author as soon as they post."""

    # Django's has a validator that knows no vowels of Hindi or Thai; `clean` has our own rules.
    username = models.CharField(
        max_length=150,
        unique=True,
        help_text="150 characters or fewer: letters, digits and @ . + - _",
        error_messages={"unique": "A user with that username already exists."},
    )
    username_key = NameKeyField()
    name = LineField("name shown to others", max_length=80, blank=True)
    about = models.CharField("about you", max_length=300, blank=True)
    show_in_rooms = models.BooleanField("show my name in rooms", default=False)
    # Kinds of notifications (NotificationKind) that the user does not want.
    muted = models.JSONField(default=list, blank=True)
    digest = models.BooleanField("mail me what I have not read, once a day", default=False)
    # Empty: as the browser asks, and the site's (accounts/languages.py).
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    # The word in the names of the picture's files (accounts.profile.avatars); empty without one.
    avatar = models.CharField(max_length=32, blank=True, editable=False)
    # When the account was deleted: what is left of it is a row without a name.
    left_at = models.DateTimeField(null=True, editable=False, db_index=True)
    # Some of what it wrote is still to be removed (accounts.leaving.departures).
    is_leaving = models.BooleanField(default=False, editable=False)
    # The number of unread notifications, kept by the verbs of Notification.
    unread = models.PositiveIntegerField(default=0, editable=False)

    # Where not everybody may write posts (accounts/posting_policy.py).
    is_invited = models.BooleanField("invited", default=False, help_text="By a member.")
    is_approved = models.BooleanField(
        "approved", default=False, help_text="May post where that takes an invitation or approval."
    )

    # What moderators have decided (accounts/standing.py). Who is banned is not active either.
    suspended_until = models.DateTimeField(null=True, editable=False)
    banned_at = models.DateTimeField(null=True, editable=False)
    # Since when everything of theirs is removed; their name is not shown either.
    purged_at = models.DateTimeField(null=True, editable=False)

    is_new_here = False
    """Whether they have signed in just now for the first time. Set by accounts.adapter."""

    objects: ClassVar[ReaderManager] = ReaderManager()

    class Meta(AbstractUser.Meta):
        permissions = [("moderate", "Can moderate posts, comments and readers")]

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the account and, in the same transaction, record what others see change."""
        fields = None if update_fields is None else list(update_fields)
        if fields is not None and "username" in fields:
            fields.append("username_key")
        kwargs["update_fields"] = fields
        if fields is not None and SHOWN.isdisjoint(fields):
            super().save(*args, **kwargs)
            return
        if self._state.adding:
            with transaction.atomic():
                super().save(*args, **kwargs)
                TakenName.objects.take(self, NAMES)
            return
        with transaction.atomic():
            # Locked: of two renames at once the second one compares with the first's name.
            before = User.objects.select_for_update().filter(pk=self.pk).first()
            if before is not None and before.left_at and self.left_at is None:
                # Read before the account was deleted: nothing of that comes back.
                return
            super().save(*args, **kwargs)
            TakenName.objects.take(self, self._renamed(before))
            if before is not None and before.shown != self.shown:
                announce(record(RENAMED, author_id=self.pk))

    def clean(self) -> None:
        """Check names that are new to this account: those that it has stay, whatever the rules."""
        super().clean()
        renamed = self._renamed(User.objects.filter(pk=self.pk).first())
        rules = {"username": username_validators, "name": display_name_validators}
        for field in sorted(renamed):
            name = getattr(self, field)
            try:
                for validate in rules[field] if name else []:
                    validate(name)
                TakenName.objects.check_free(name, for_user=self)
            except ValidationError as error:
                raise ValidationError({field: error.messages}) from error

    def _renamed(self, before: "User | None") -> set[str]:
        """Return which of the fields NAMES differ from another state of this account."""
        return {
            field
            for field in NAMES
            if before is None or getattr(before, field) != getattr(self, field)
        }

    @property
    def shown(self) -> tuple[str, ...]:
        """What other readers' open pages show of the account."""
        return self.display_name, self.about, self.avatar

    @property
    def avatar_small(self) -> str:
        """The address of the picture beside the name."""
        return self._avatar(AVATAR.widths[0])

    @property
    def avatar_large(self) -> str:
        """The address of the picture on the page of the reader."""
        return self._avatar(AVATAR.widths[-1])

    def _avatar(self, width: int) -> str:
        return default_storage.url(file_name(self.avatar, width, AVATAR))

    @property
    def initial(self) -> str:
        """The letter that stands for who has no picture."""
        return next((each for each in self.display_name if each.isalnum()), "?").upper()[0]

    @property
    def display_name(self) -> str:
        """The name that others see: the chosen one, or else the user name."""
        return REMOVED_READER if self.purged_at else self.name or self.username

    @property
    def is_suspended(self) -> bool:
        """Whether they may read, but do nothing that others see. It ends by itself."""
        return self.suspended_until is not None and timezone.now() < self.suspended_until

    @property
    def is_moderator(self) -> bool:
        """Whether they may moderate. `is_staff` alone opens the admin, and nothing here."""
        return self._holds("holds_moderate", MODERATE)

    @property
    def may_mark_posts(self) -> bool:
        """Whether they may pin posts and mark key posts."""
        return self.is_moderator or self._holds("holds_mark_post", MARK_POSTS)

    @property
    def is_protected(self) -> bool:
        """Whether moderators may do nothing to them; only admins (superusers) may."""
        return self.is_staff or self.is_moderator

    def may_act_on(self, person: "User") -> bool:
        """Whether they may moderate what this person wrote, or the person: never themselves."""
        if not self.is_moderator or self.pk == person.pk:
            return False
        return self.is_superuser or not person.is_protected

    def _holds(self, fetched: str, permission: str) -> bool:
        if not self.is_active or self.is_suspended:
            return False
        found = self.__dict__.get(fetched)
        return self.is_superuser or (self.has_perm(permission) if found is None else bool(found))
