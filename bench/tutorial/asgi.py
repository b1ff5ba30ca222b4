"""The tutorial's application. `/ring/?post_id=…&cursor=…` does what its view would after a commit.

With REDIS_URL on the layer that the tutorial names, else in memory.
"""

import os
from typing import Any
from urllib.parse import parse_qsl

from channels.auth import AuthMiddlewareStack
from channels.layers import channel_layers, get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels_redis.core import RedisChannelLayer
from django.core.asgi import get_asgi_application

from bench.tutorial import GROUP

http_application = get_asgi_application()

from django.urls import path  # noqa: E402

from bench.tutorial.consumers import PostConsumer  # noqa: E402

if "REDIS_URL" in os.environ:
    # Its clients' own limit of 5 s for an answer meets the layer's wait of 5 s for a message, and
    # every socket that is idle for as long would be closed.
    host = {"address": os.environ["REDIS_URL"], "socket_timeout": 60}
    channel_layers.set("default", RedisChannelLayer(hosts=[host], capacity=1000))


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"] != "/ring/":
        await http_application(scope, receive, send)
        return
    event = dict(parse_qsl(scope["query_string"].decode()))
    layer = get_channel_layer()
    assert layer is not None  # CHANNEL_LAYERS always names one.
    await layer.group_send(GROUP, {"type": "post.created", **event})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"rung"})


# The stubs' path() knows views alone.
consumer: Any = PostConsumer.as_asgi()
routes: list[Any] = [path("ws/posts/", consumer)]
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(routes))),
    }
)
