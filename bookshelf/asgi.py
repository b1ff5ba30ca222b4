"""The ASGI application: Django for HTTP, the update stream's consumer for WebSockets."""

import logging
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookshelf.settings")
# First: it sets Django up, and what follows imports models.
http_application = get_asgi_application()

from bookshelf.database import lose_patience  # noqa: E402
from bookshelf.tuning import tune  # noqa: E402
from posts.shared import SharedPages  # noqa: E402
from updater.ending import Ending  # noqa: E402
from updater.operations import Operations  # noqa: E402
from updater.routing import OncePerOrigin, websocket_urlpatterns  # noqa: E402

lose_patience()

application = Operations(
    Ending(
        ProtocolTypeRouter(
            {
                "http": SharedPages(http_application),
                "websocket": OncePerOrigin(URLRouter(websocket_urlpatterns)),
            }
        )
    )
)

logging.getLogger(__name__).info(
    "started pid=%d database=%s channel_layer=%s debug=%s",
    os.getpid(),
    connection.vendor,
    "redis" if settings.REDIS_URL else "memory",
    settings.DEBUG,
)

tune()
