from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # What each app has of a user, to be deleted and to be downloaded:
        # accounts/leaving/departures.py and accounts/leaving/exports.py.
        autodiscover_modules("departure", "export")
