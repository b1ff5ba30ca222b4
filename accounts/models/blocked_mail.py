"""Mail addresses and domains that nobody signs up with, changes to, or is invited at.

The answer is the same for an address and for a domain, and is given before anybody looks for an
account: it says nothing about who has one.
"""

import re
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookshelf.line_field import LineField

BLOCKED = _("We do not take this address. Please use another one.")

DOTS = "[.\u3002\uff0e\uff61]"
"""What IDNA takes for a dot."""

DOTS_DO_NOT_COUNT = {"gmail.com", "googlemail.com"}


def domain_key(domain: str) -> str:
    """Return a domain as the domain name system knows it: in ASCII, lower case, without a dot."""
    labels = [label for label in re.split(DOTS, normalize("NFKC", domain).casefold()) if label]
    try:
        return ".".join(label.encode("idna").decode() for label in labels)
    except UnicodeError:
        return ".".join(labels)


def address_key(email: str) -> str:
    """Return what spellings that reach one mailbox have in common: no case, no `+anything`."""
    local, _, domain = email.strip().rpartition("@")
    domain = domain_key(domain)
    local = normalize("NFKC", local).casefold()
    local = local.partition("+")[0] or local
    if domain in DOTS_DO_NOT_COUNT:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def keys_of(email: str) -> set[str]:
    """Return what would block this address: itself, its domain, and the domains above that."""
    key = address_key(email)
    labels = key.rpartition("@")[2].split(".")
    return {key} | {".".join(labels[first:]) for first in range(len(labels))}


class BlockedMailQuerySet(models.QuerySet["BlockedMail"]):
    def check_allowed(self, email: str) -> None:
        """Raise ValidationError when this address, its domain or one above that is blocked."""
        if self.filter(pattern__in=keys_of(email)).exists():
            raise ValidationError(BLOCKED)


class BlockedMail(models.Model):
    """An address or a domain. A domain stands for those below it, too."""

    pattern = models.CharField(
        "address or domain",
        max_length=254,
        unique=True,
        help_text="An address, or a domain with all that are below it: spam.example. "
        "Case and +anything in an address make no difference.",
    )
    note = LineField(max_length=200, blank=True, help_text="Why; for other admins.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BlockedMailQuerySet.as_manager()

    class Meta:
        verbose_name = "blocked mail address"
        verbose_name_plural = "blocked mail addresses"
        ordering = ["pattern"]

    def __str__(self) -> str:
        return self.pattern

    def clean(self) -> None:
        """Keep the pattern as addresses are compared with it. Raises ValidationError."""
        pattern = "".join(self.pattern.split()).lstrip(".@*")
        self.pattern = address_key(pattern) if "@" in pattern else domain_key(pattern)
        if not re.search(r"\w$", self.pattern):
            raise ValidationError({"pattern": "Write an address or a domain: spam.example"})
