"""A Daphne in a process of its own, with an application that says what its sockets hold.

    python -m updater.tests.daphne_app     prints its port; the settings are the caller's

Each socket's first message has it settle, as UpdateConsumer does. Every further one is a question,
answered in JSON.
"""

import gc
import json
import signal
import sys
from collections import Counter
from typing import Any

import django

django.setup()

from daphne.server import Server  # noqa: E402
from daphne.ws_protocol import WebSocketProtocol  # noqa: E402
from twisted.internet import reactor  # noqa: E402

from bookshelf.log import Cursor  # noqa: E402
from updater.frames import Frame  # noqa: E402
from updater.handshake import LEFT_BEHIND  # noqa: E402
from updater.reader import Reader  # noqa: E402

ways = Counter[str]()
"""How often Autobahn's own ways were taken."""

ended: list[int] = []
"""The codes with which sockets ended, as the application was told."""

MOST_FRAMES = 5_000


def counted(name: str) -> None:
    original = getattr(WebSocketProtocol, name)

    def method(self, *arguments):
        ways[name] += 1
        return original(self, *arguments)

    setattr(WebSocketProtocol, name, method)


def answer(question: str, reader: Reader) -> Any:
    protocol = reader._protocol
    if question == "left":
        alive = Counter(type(each).__name__ for each in gc.get_objects())
        return {
            "attributes": sorted(set(LEFT_BEHIND) & set(protocol.__dict__)),
            "options": sorted(set(protocol.CONFIG_ATTRS) & set(protocol.__dict__)),
            "requests": alive["WebRequest"] + alive["HTTPChannel"],
            "deques": [
                name
                for name in ("_queue", "_getters", "_putters")
                if type(getattr(protocol.application_queue, name)).__name__ == "deque"
            ],
        }
    if question == "ways":
        return ways
    if question == "ended":
        return ended
    frame = Frame("x" * 10_000, Cursor("word", 1))
    return sum(reader.push([frame]) for _ in range(MOST_FRAMES))


async def application(scope, receive, send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    reader = Reader(send, frozenset({"posts"}))
    event = await receive()
    reader.settle()
    while event["type"] == "websocket.receive":
        await send(
            {"type": "websocket.send", "text": json.dumps(answer(event["text"].strip(), reader))}
        )
        event = await receive()
    ended.append(event["code"])


if __name__ == "__main__":
    # What is not referred to any more is to go by itself.
    gc.disable()
    # Before they are replaced, so that only Autobahn's own are counted.
    counted("_sendAutoPing")
    counted("processControlFrame")
    server = Server(
        application,
        endpoints=["tcp:port=0:interface=127.0.0.1"],
        ready_callable=lambda: None,
        signal_handlers=False,
        ping_interval=1,
        ping_timeout=2,
    )
    listened = server.listen_success

    def listen_success(port) -> None:
        listened(port)
        sys.stdout.write(f"{port.getHost().port}\n")
        sys.stdout.flush()

    server.listen_success = listen_success
    signal.signal(signal.SIGTERM, lambda *_: reactor.callLater(0, reactor.stop))
    server.run()
