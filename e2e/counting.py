"""BookShelf with a counter: what this process asks of its database, and what it renders.

An ASGI application for the tests. `/counts/` answers with JSON: `queries`, a list of [thread, SQL],
and `drawn`, the frames that were rendered, and `wires`, the ways to its readers' sockets.
"""

import json
import threading
from typing import Any

from django.db.backends.signals import connection_created

from bookshelf.asgi import application as bookshelf
from bookshelf.live_objects import LiveObject
from updater import shared_stream

queries: list[tuple[str, str]] = []
drawn: list[tuple[str, int]] = []


def count_query(execute: Any, sql: str, *args: Any) -> Any:
    queries.append((threading.current_thread().name, sql))
    return execute(sql, *args)


def count_connection(connection: Any, **kwargs: Any) -> None:
    connection.execute_wrappers.append(count_query)


def draw(cls: type[LiveObject], template: str, id: int, found: Any) -> str:
    drawn.append((template, id))
    return original_draw(cls, template, id, found)


connection_created.connect(count_connection)
original_draw = LiveObject.draw.__func__
LiveObject.draw = classmethod(draw)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope.get("path") != "/counts/":
        await bookshelf(scope, receive, send)
        return
    stream = shared_stream.current()
    wires = {reader._wire.__name__ for reader in stream.all_readers()} if stream else ()
    body = json.dumps({"queries": queries, "drawn": drawn, "wires": sorted(wires)}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
