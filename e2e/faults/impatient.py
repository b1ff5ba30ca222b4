"""BookShelf that drops a reader which has not read for 6 s, instead of 55."""

from bookshelf.asgi import application
from updater import stream

__all__ = ["application"]

stream.STUCK_AFTER = 6.0
