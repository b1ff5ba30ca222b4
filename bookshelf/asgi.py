"""The ASGI application: Django for HTTP, the update stream's consumer for WebSockets."""

import logging
import os
from typing import cast

import django
from asgiref.typing import ASGI3Application
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookshelf.settings")
# First: it sets Django up, and what follows imports models.
django.setup(set_prefix=False)

from bookshelf.database import set_query_timeout  # noqa: E402
from bookshelf.handler import OneThreadHandler  # noqa: E402
from bookshelf.headers import SecurityHeaders  # noqa: E402
from bookshelf.local import LocalOnly  # noqa: E402
from bookshelf.mail.sender import MailSending  # noqa: E402
from bookshelf.origins import SameOriginSockets  # noqa: E402
from bookshelf.tuning import tune  # noqa: E402
from posts.pages.page_cache import AnonymousPageCache  # noqa: E402
from updater.health import HealthEndpoints  # noqa: E402
from updater.routing import websocket_urlpatterns  # noqa: E402
from updater.shutdown import GracefulShutdown  # noqa: E402

set_query_timeout()

application: ASGI3Application = HealthEndpoints(
    GracefulShutdown(
        ProtocolTypeRouter(
            {
                "http": AnonymousPageCache(cast(ASGI3Application, OneThreadHandler())),
                "websocket": SameOriginSockets(URLRouter(websocket_urlpatterns)),
            }
        )
    )
)
application = MailSending(application)

if settings.DEBUG and not settings.DEBUG_ON_NETWORK:
    # Here rather than in script/server: servers can be started without that.
    application = LocalOnly(application)

# Outermost: on whatever answers.
application = SecurityHeaders(application)

logging.getLogger(__name__).info(
    "started pid=%d database=%s channel_layer=%s debug=%s",
    os.getpid(),
    connection.vendor,
    "redis" if settings.REDIS_URL else "memory",
    settings.DEBUG,
)

tune()
