"""A page of the site, whose text an operator writes in the admin, in Markdown.

Not Django's flatpages: those need django.contrib.sites, which would give allauth's mails another
host, and they hold raw HTML, no date, and no state between empty and public.
"""

import re
from typing import Any

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import pgettext_lazy

from bookshelf.line_field import LineField
from bookshelf.log import record

SITE_PAGE_CHANGED = "site_page_changed"
"""The kind of change. Nothing live shows these pages, but their links stand on every page: the
anonymous page cache sees that the log has moved on, and draws its pages again."""

GAP = re.compile(r"\[\[.*?\]\]", re.DOTALL)
"""What an operator still has to fill in: `[[your postal address]]`."""


class Name(models.TextChoices):
    """The pages that there are; each has an address of this name."""

    ABOUT = "about", "About"
    CONTACT = "contact", "Contact"
    PRIVACY = "privacy", "Privacy"


TITLES = {
    "About": pgettext_lazy("page of the site", "About"),
    "Contact": pgettext_lazy("page of the site", "Contact"),
    "Privacy": pgettext_lazy("page of the site", "Privacy"),
}
"""Those of the pages as `migrate` makes them."""


def title_shown_as(title: str) -> str:
    """Return this title of a page: translated when it is one of ours."""
    return str(TITLES.get(title, title))


class SitePageQuerySet(models.QuerySet["SitePage"]):
    def public(self) -> "SitePageQuerySet":
        """Return the pages that everybody may read: neither empty, nor with a gap in the text."""
        return self.exclude(text="").exclude(text__contains="[[")


class SitePage(models.Model):
    """A page of the site. `migrate` makes one for each Name, with gaps to fill in."""

    name = models.CharField(max_length=10, choices=Name, unique=True, editable=False)
    title = LineField(max_length=60)
    text = models.TextField(
        max_length=30_000,
        blank=True,
        help_text="In Markdown, as reviews are. Replace each [[…]]: until there is none left, and "
        "while the text is empty, the page is not public and nothing links to it.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = SitePageQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "page of the site"
        verbose_name_plural = "pages of the site"

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the page, and have cached pages drawn again: their footer links to it, or not."""
        self.text = self.text.strip().replace("\r\n", "\n")
        with transaction.atomic():
            super().save(*args, **kwargs)
            record(SITE_PAGE_CHANGED)

    def get_absolute_url(self) -> str:
        return reverse(self.name)

    @property
    def shown_title(self) -> str:
        """The title, which is translated while it is the one that we have given it."""
        return title_shown_as(self.title)

    @property
    def gaps(self) -> list[str]:
        """What still has to be filled in."""
        return GAP.findall(self.text)

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it. The same as `SitePageQuerySet.public()`."""
        return self.text != "" and "[[" not in self.text

    def write(self, text: str) -> None:
        """Replace the text."""
        self.text = text
        self.save()
