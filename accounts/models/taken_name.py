"""Which names are taken: those that an account has, and whatever looks like one of them."""

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models

from accounts.names.confusables import KEY_LENGTH, name_keys
from accounts.names.validators import TAKEN


class NameTaken(Exception):
    """Somebody else has taken this name, or one that looks the same, a moment before."""


class TakenNameQuerySet(models.QuerySet["TakenName"]):
    def check_free(self, name: str, for_user: AbstractUser | None = None) -> None:
        """Raise ValidationError when a name looks like a username or name of somebody else."""
        others = self.exclude(user_id=for_user.pk) if for_user and for_user.pk else self
        if name and others.filter(key__in=name_keys(name)).exists():
            raise ValidationError(TAKEN)

    def take(self, user: AbstractUser, fields: set[str]) -> None:
        """Take an account's names in these fields, and give up those that they were before.

        What somebody else has is left to them. So accounts from before this rule keep names that
        look alike, and nobody else gets them.
        """
        taken = [
            TakenName(key=key, is_username=field == "username", user_id=user.pk)
            for field in sorted(fields)
            for key in sorted(name_keys(getattr(user, field)) if getattr(user, field) else ())
        ]
        before = self.filter(
            user_id=user.pk, is_username__in=[field == "username" for field in fields]
        )
        before.exclude(key__in=[each.key for each in taken]).delete()
        self.bulk_create(taken, ignore_conflicts=True)

    def verify(self, user: AbstractUser, field: str) -> None:
        """Raise NameTaken when `take` has left the name in this field to somebody else."""
        keys = name_keys(getattr(user, field)) if getattr(user, field) else set()
        owned = self.filter(user_id=user.pk, is_username=field == "username", key__in=keys)
        if owned.count() < len(keys):
            raise NameTaken


class TakenName(models.Model):
    """How a username or name looks that an account has: see accounts/names/confusables.py."""

    key = models.CharField(max_length=KEY_LENGTH)
    is_username = models.BooleanField()
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="taken_names")

    objects = TakenNameQuerySet.as_manager()

    class Meta:
        constraints = [
            # Of two who take a name at once the second one gets none.
            models.UniqueConstraint(fields=["key", "is_username"], name="one_taker_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.key
