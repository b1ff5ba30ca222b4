"""The URLs of the sockets."""

from typing import Any

from django.urls import path, re_path

from updater.consumers import UpdateConsumer, refuse

# Channels' routers call ASGI applications by Django's patterns, whose types know views alone.
consumer: Any = UpdateConsumer()
refusal: Any = refuse

websocket_urlpatterns: list[Any] = [
    path("ws/update_notice/", consumer),
    re_path("", refusal),
]
