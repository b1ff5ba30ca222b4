"""The site itself, as far as Django has to know it: it has checks."""

from django.apps import AppConfig


class BookShelfConfig(AppConfig):
    name = "bookshelf"

    def ready(self) -> None:
        # Importing registers them.
        from bookshelf import checks  # noqa: F401
