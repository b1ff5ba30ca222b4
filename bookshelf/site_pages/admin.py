"""The pages of the site in the admin. What was changed when stands behind "History"."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from bookshelf.site_pages.page import SitePage

if TYPE_CHECKING:
    SitePageModelAdmin = admin.ModelAdmin[SitePage]
else:
    SitePageModelAdmin = admin.ModelAdmin


@admin.register(SitePage)
class SitePageAdmin(SitePageModelAdmin):
    """Write the texts. Which pages there are is fixed."""

    list_display = ("title", "name", "is_public", "to_fill_in", "changed_at")
    fields = ("title", "text", "is_public", "to_fill_in", "changed_at")
    readonly_fields = fields[2:]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SitePage | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: SitePage, form: "ModelForm[SitePage]", change: bool
    ) -> None:
        # The date of the last change is that of a change.
        if form.has_changed():
            super().save_model(request, obj, form, change)

    @admin.display(boolean=True, description="Public")
    def is_public(self, obj: SitePage) -> bool:
        return obj.is_public

    @admin.display(description="To fill in", empty_value="nothing")
    def to_fill_in(self, obj: SitePage) -> str | None:
        return ", ".join(gap.strip("[]") for gap in obj.gaps) or None
