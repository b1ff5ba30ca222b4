"""Where the sockets are."""

from django.urls import path, re_path

from updater.consumers import UpdateConsumer, refuse

websocket_urlpatterns = [
    path("ws/update_notice/", UpdateConsumer.as_asgi()),
    re_path("", refuse),
]
