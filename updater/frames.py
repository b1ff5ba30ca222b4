"""Frames: what is sent to a page. Text of HTML, whole sentences of `hx-partial` and `hx-upsert`."""

import random
from collections.abc import Iterable
from functools import cache, lru_cache

from asgiref.typing import WebSocketSendEvent
from django.template.loader import render_to_string

from bookshelf.clock import minute_now
from bookshelf.log import Cursor
from updater.wire import encode

FRAME_LIMIT = 256 * 1024
"""Characters after which a frame is split. A server cuts the socket at 1 MiB."""

RESET_SPREAD = 8
"""Seconds over which pages that are reset reload, so that not all do at once."""

_PLACE = "CURSOR-STANDS-HERE"


@cache
def _template(name: str) -> str:
    # Rendered once in a process: what varies is put in by plain replacement.
    return render_to_string(f"updater/frames/{name}.html", {"place": _PLACE}).strip()


def send_event(text: str) -> WebSocketSendEvent:
    """Return the ASGI event that sends a text."""
    return {"type": "websocket.send", "text": text}  # type: ignore[typeddict-item]  # no bytes


class Frame:
    """One message to a page. A personal one leaves the page's cursor where it is."""

    __slots__ = ("_wire", "cursor", "is_personal", "message")

    def __init__(self, text: str, cursor: Cursor | None, *, is_personal: bool = False) -> None:
        self.is_personal = is_personal
        self.cursor = cursor
        """Where in the log the page stands after it; None when it has to reload."""
        self.message = send_event(text)
        """The ASGI event that sends it: one object for all readers, since servers only read it."""
        self._wire: bytes | None = None

    @property
    def text(self) -> str:
        return self.message["text"] or ""

    @property
    def wire(self) -> bytes:
        """The bytes of it on a socket."""
        if self._wire is None:
            self._wire = encode(self.text)
        return self._wire


def cursor_frame(cursor: Cursor) -> str:
    """The partial that moves the page's cursor."""
    return _template("cursor").replace(_PLACE, str(cursor))


@lru_cache(2)
def _clock_frame(minute: int) -> str:
    return render_to_string("updater/frames/clock.html").strip()


def clock_frame() -> str:
    """The partial that tells a page what the time is: what ages are counted from."""
    return _clock_frame(minute_now())


def greeting() -> str:
    """The partials that tell a page that it is live, and what the time is."""
    return _template("live") + clock_frame()


def reset_frame() -> Frame:
    """Have the page reload its main region, after a random delay so that not all do at once."""
    delay = random.uniform(0.2, RESET_SPREAD)  # noqa: S311
    return Frame(_template("reset").replace(_PLACE, f"{delay:.1f}s"), None)


def assemble(
    fragments: Iterable[tuple[str, Cursor]], end: Cursor, greeting: str = ""
) -> list[Frame]:
    """Join fragments to as few frames as fit; the last one ends with `greeting`, and at `end`.

    Each fragment comes with the place in the log up to which it and those before it suffice, so
    that a reader that is cut off between two frames goes on from there.
    """
    frames = []
    text, reached = "", end
    for fragment, cursor in fragments:
        if text and len(text) + len(fragment) > FRAME_LIMIT:
            frames.append(Frame(text + cursor_frame(reached), reached))
            text = ""
        text += fragment
        reached = cursor
    frames.append(Frame(text + greeting + cursor_frame(end), end))
    return frames
