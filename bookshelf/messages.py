"""Django's messages, in a cookie whose name has the prefix of our other cookies."""

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback, session


class CookieStorage(cookie.CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class MessageStorage(fallback.FallbackStorage):
    storage_classes = (CookieStorage, session.SessionStorage)
