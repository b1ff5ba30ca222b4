"""App configurations of the site: its system checks and its admin."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class BookShelfConfig(AppConfig):
    name = "bookshelf"

    def ready(self) -> None:
        # Importing registers them.
        for module in ("checks", "mail.admin", "site_pages.admin"):
            import_module(f"bookshelf.{module}")

        # What each app has that is live (bookshelf/live_objects.py).
        autodiscover_modules("live")


class BookShelfAdminConfig(AdminConfig):
    default_site = "bookshelf.admin.BookShelfAdminSite"
