"""The consumer: one for each socket. Small, because there are many.

It is a plain ASGI application. Channels' consumer classes send each event of a socket through the
process's one database thread, where a query that blocks would hold up every reader.
"""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl

from asgiref.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    Scope,
    WebSocketScope,
)
from django.conf import settings
from django.db import connections
from django.http import parse_cookie

from accounts.sessions.sign_ins import SignIn, sign_ins_of
from bookshelf.counters import COUNTERS
from bookshelf.live_objects import is_topic
from bookshelf.log import Cursor
from bookshelf.networks import network_of
from bookshelf.outages import ThrottledLog, in_a_line
from updater.admission import ADMISSION
from updater.close_codes import CloseCode
from updater.reader import Reader
from updater.shared_stream import shared_stream
from updater.stream import UpdateStream

logger = logging.getLogger(__name__)

MOST_TOPICS = 50
MOST_CHARACTERS = 16 * 1024
"""What a page sends is a cursor and the headers that htmx adds, with the page's address."""

CURSOR_WITHIN = 10.0
"""Seconds in which a page has to send its cursor."""

MOST_MESSAGES = 20
"""Messages that a socket may send in MESSAGES_WITHIN seconds; a page sends one."""
MESSAGES_WITHIN = 10.0

_refused = ThrottledLog(logger, "socket refused code=%d why=%r")
_sessions = ThreadPoolExecutor(1, thread_name_prefix="socket-sessions")


class Refused(Exception):
    """Raised to close the socket with this code."""

    def __init__(self, code: CloseCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class UpdateConsumer:
    """Passes a page's cursor to the stream, which does the rest.

    `/ws/update_notice/?topic=…&topic=…`. An unknown topic is refused before the handshake (403),
    and so is one socket too many of an address.
    The page then sends one text message, see `cursor_of`. It gets frames of HTML.
    """

    async def __call__(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        topics = topics_of(scope)
        with ADMISSION.admitted(scope) as is_admitted:
            if not is_admitted:
                COUNTERS.refused += 1
                _refused.log(HTTPStatus.FORBIDDEN, "too many sockets of one address")
            if topics is None or not is_admitted:
                await refuse(scope, receive, send)
                return
            await self._open(scope, receive, send, topics)

    async def _open(
        self,
        scope: WebSocketScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        topics: frozenset[str],
    ) -> None:
        reader = await self._new_reader(scope, send, topics)
        if (await receive())["type"] != "websocket.connect":
            # It left while its session was looked up.
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": ()})
        COUNTERS.sockets += 1
        async with shared_stream() as stream:
            stream.enter(reader)
            try:
                await self._serve(stream, reader, receive)
            except Refused as refused:
                COUNTERS.refused += 1
                _refused.log(refused.code, str(refused))
                stream.leave(reader)
                reader.close(refused.code)
            finally:
                stream.leave(reader)

    async def _new_reader(
        self, scope: WebSocketScope, send: ASGISendCallable, topics: frozenset[str]
    ) -> Reader:
        network = network_of((scope.get("client") or ("", 0))[0])
        key = session_key_of(scope)
        if key is None:
            # As for most readers: no session, no query, no thread.
            return Reader(send, topics, network=network)
        loop = asyncio.get_running_loop()
        sign_in = await loop.run_in_executor(_sessions, _sign_in_of, key)
        if sign_in is None:
            return Reader(send, topics, network=network)
        return Reader(send, topics, user_id=sign_in.user_id, sign_in=sign_in)

    async def _serve(
        self, stream: UpdateStream, reader: Reader, receive: ASGIReceiveCallable
    ) -> None:
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(CURSOR_WITHIN):
                event = await receive()
        except TimeoutError:
            raise Refused(CloseCode.NO_CURSOR, "no cursor came") from None
        reader.settle()
        count, since = 0, clock()
        while event["type"] == "websocket.receive":
            count += 1
            if count > MOST_MESSAGES:
                if clock() - since < MESSAGES_WITHIN:
                    raise Refused(CloseCode.TOO_MANY_MESSAGES, "too many messages")
                count, since = 1, clock()
            stream.join(reader, cursor_of(event.get("text")))
            event = await receive()


async def refuse(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Refuse the handshake of a socket (403)."""
    await receive()
    # Servers send no code before the handshake: this one is the default.
    await send({"type": "websocket.close", "code": 1000, "reason": None})


def topics_of(scope: WebSocketScope) -> frozenset[str] | None:
    """Return the topics of the query string, or None when it has none, too many or a wrong one."""
    query_string = scope["query_string"]
    # Most readers ask for the same topics: they share one set. A long query is not cached.
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
    """Return whether a page may ask for all of these topics together."""
    return 0 < len(names) <= MOST_TOPICS and all(map(is_topic, names))


def cursor_of(text: str | None) -> Cursor | None:
    """Return the cursor in a message from the page; None when it is no cursor of ours.

    The message is JSON: `{"cursor": …}`, or that as "body" in what htmx 4.0.0-beta6 wraps it in.
    Raises Refused when it is no such JSON.
    """
    if text is None or len(text) > MOST_CHARACTERS:
        raise Refused(CloseCode.NOT_UNDERSTOOD, "not a message of ours")
    try:
        message = json.loads(text)
        if isinstance(message.get("body"), dict):
            message = message["body"]
        return Cursor.parse(message["cursor"])
    except (ValueError, AttributeError, KeyError, RecursionError):
        raise Refused(CloseCode.NOT_UNDERSTOOD, "not a message of ours") from None


def session_key_of(scope: WebSocketScope) -> str | None:
    """Return the session key among the socket's cookies, if there is one."""
    name = settings.SESSION_COOKIE_NAME
    cookies = [value for header, value in scope["headers"] if header == b"cookie"]
    if not any(name.encode() in value for value in cookies):
        return None
    # As Django reads those of a request: a page and its socket must agree on who is signed in.
    key = parse_cookie(b",".join(cookies).decode("latin1")).get(name, "")
    return key if key.isascii() and key.isalnum() else None


def _sign_in_of(session_key: str) -> SignIn | None:
    """Return the sign-in of a session, if any. Runs in the thread for sessions.

    Without a database nobody is signed in.
    """
    try:
        return sign_ins_of([session_key]).get(session_key)
    except Exception as error:
        logger.warning("session not looked up error=%s", in_a_line(error))
        return None
    finally:
        connections.close_all()
