"""Where the sockets are."""

from functools import lru_cache

from channels.security.websocket import OriginValidator
from django.conf import settings
from django.urls import path, re_path

from updater.consumers import Application, UpdateConsumer, refuse

websocket_urlpatterns = [
    path("ws/update_notice/", UpdateConsumer.as_asgi()),
    re_path("", refuse),
]


class OncePerOrigin(OriginValidator):
    """Channels' check that a socket is one of our own pages', made once for each origin.

    For each reader it would be a third of what our part of connecting costs.
    """

    def __init__(self, application: Application) -> None:
        super().__init__(application, settings.ALLOWED_HOSTS)
        self.valid_origin = lru_cache(200)(super().valid_origin)
