"""BookShelf that bears a reader which has stopped reading for 6 s, instead of 55."""

from bookshelf.asgi import application
from updater import stream

__all__ = ["application"]

stream.STUCK_AFTER = 6.0
