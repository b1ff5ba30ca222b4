"""The links to the pages of the site."""

from django import template

from bookshelf.site_pages.page import SitePage, SitePageQuerySet

register = template.Library()


@register.simple_tag
def public_site_pages() -> SitePageQuerySet:
    """Return the pages that everybody may read."""
    return SitePage.objects.public()
