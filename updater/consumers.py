"""The consumer: one for each socket. Small, because there are many.

It is a bare ASGI application. Channels' consumer classes send each event of a socket through the
process's one database thread, where a query that blocks would hold up every reader.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import connections

from accounts.sessions import users_of
from bookshelf.tally import TALLY
from bookshelf.trouble import Often, in_a_line
from posts.events import is_topic
from posts.log import Cursor
from updater.attendance import attending
from updater.reader import Reader
from updater.stream import UpdateStream

logger = logging.getLogger(__name__)

MOST_TOPICS = 50
MOST_CHARACTERS = 16 * 1024
"""What a page sends is a cursor and the headers that htmx adds, with the page's address."""

CURSOR_WITHIN = 10.0
"""Seconds in which a page has to say where it stands."""

MOST_MESSAGES = 20
"""Messages that a socket may send in MESSAGES_WITHIN seconds; a page sends one."""
MESSAGES_WITHIN = 10.0

NOT_UNDERSTOOD = 4400
NO_CURSOR = 4408
TOO_MANY = 4429

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Event, Receive, Send], Awaitable[None]]

_refused = Often(logger, "socket refused code=%d why=%r")
_sessions = ThreadPoolExecutor(1, thread_name_prefix="socket-sessions")


class Refused(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class UpdateConsumer:
    """Passes a page's cursor to the stream, which does the rest.

    `/ws/update_notice/?topic=…&topic=…`; an unknown topic is refused before the handshake (403).
    The page then sends one text message, see `cursor_of`; what it gets are frames of HTML.
    """

    @classmethod
    def as_asgi(cls) -> Application:
        """Return the ASGI application."""
        return cls()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        topics = topics_of(scope)
        if topics is None:
            await refuse(scope, receive, send)
            return
        reader = await self._welcome(scope, send, topics)
        if (await receive())["type"] != "websocket.connect":
            return
        await send({"type": "websocket.accept"})
        TALLY.sockets += 1
        async with attending() as stream:
            try:
                await self._attend(stream, reader, receive)
            except Refused as refused:
                TALLY.refused += 1
                _refused.met(refused.code, str(refused))
                stream.leave(reader)
                reader.close(refused.code)
            finally:
                stream.leave(reader)

    async def _welcome(self, scope: Event, send: Send, topics: frozenset[str]) -> Reader:
        key = session_key_of(scope)
        if key is None:
            # Most readers: no session, no look-up, no thread.
            return Reader(send, topics)
        loop = asyncio.get_running_loop()
        user_id = await loop.run_in_executor(_sessions, _user_of, key)
        return Reader(send, topics, session_key=key, user_id=user_id)

    async def _attend(self, stream: UpdateStream, reader: Reader, receive: Receive) -> None:
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(CURSOR_WITHIN):
                event = await receive()
        except TimeoutError:
            raise Refused(NO_CURSOR, "no cursor came") from None
        heard, since = 0, clock()
        while event["type"] == "websocket.receive":
            heard += 1
            if heard > MOST_MESSAGES:
                if clock() - since < MESSAGES_WITHIN:
                    raise Refused(TOO_MANY, "too many messages")
                heard, since = 1, clock()
            stream.join(reader, cursor_of(event.get("text")))
            event = await receive()


async def refuse(scope: Event, receive: Receive, send: Send) -> None:
    """Refuse the handshake of a socket that leads nowhere (403)."""
    await receive()
    await send({"type": "websocket.close"})


def topics_of(scope: Event) -> frozenset[str] | None:
    """Return the topics of the query string, or None when it has none, too many or a wrong one."""
    query_string = scope["query_string"]
    # Most readers ask for the same: they share one set. What is long is not kept.
    parse = _topics_in if len(query_string) <= 200 else _topics_in.__wrapped__
    return parse(query_string)


@lru_cache(1_000)
def _topics_in(query_string: bytes) -> frozenset[str] | None:
    try:
        query = parse_qsl(query_string.decode("ascii"), max_num_fields=MOST_TOPICS)
    except ValueError:
        return None
    topics = frozenset(value for name, value in query if name == "topic")
    return topics if are_topics(topics) else None


def are_topics(names: frozenset[str]) -> bool:
    """Say whether a page may ask for all of these topics together."""
    return 0 < len(names) <= MOST_TOPICS and all(map(is_topic, names))


def cursor_of(text: str | None) -> Cursor | None:
    """Return the cursor in a message from the page; None when it is not one of ours.

    The message is JSON: `{"cursor": …}`, or that as "body" in what htmx 4.0.0-beta6 wraps it in.
    Raises Refused when it is no such JSON.
    """
    if text is None or len(text) > MOST_CHARACTERS:
        raise Refused(NOT_UNDERSTOOD, "not a message of ours")
    try:
        message = json.loads(text)
        if isinstance(message.get("body"), dict):
            message = message["body"]
        return Cursor.parse(message["cursor"])
    except (ValueError, AttributeError, KeyError, RecursionError):
        raise Refused(NOT_UNDERSTOOD, "not a message of ours") from None


def session_key_of(scope: Event) -> str | None:
    """Return the session key among the socket's cookies, if there is one."""
    name = settings.SESSION_COOKIE_NAME
    for header, value in scope["headers"]:
        if header == b"cookie" and name.encode() in value:
            try:
                cookie = SimpleCookie(value.decode("latin1")).get(name)
            except CookieError:
                return None
            return cookie.value if cookie and cookie.value.isalnum() else None
    return None


def _user_of(session_key: str) -> int | None:
    """Look the session up, in the thread for sessions. Without a database nobody is signed in."""
    try:
        return users_of([session_key]).get(session_key)
    except Exception as error:
        logger.warning("session not looked up error=%s", in_a_line(error))
        return None
    finally:
        connections.close_all()
