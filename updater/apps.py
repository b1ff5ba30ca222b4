from django.apps import AppConfig


class UpdaterConfig(AppConfig):
    name = "updater"
