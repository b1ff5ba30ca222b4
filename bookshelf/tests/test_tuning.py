"""What `tune` replaces in Autobahn is still what Autobahn calls: see docs/dependencies.md.

A process of its own lives a socket's life, on Autobahn itself and Twisted's transport for tests.
"""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from django.conf import settings

SCRIPT = """
import gc
import json
import pprint
import sys

# As `python -m daphne` does before it imports the application.
import daphne.cli
from autobahn import util
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet.testing import StringTransport

threshold = gc.get_threshold()
if sys.argv[1] == "tuned":
    import bookshelf.asgi

formatting = {each.__code__: each.__name__ for each in (pprint.pformat, util.hltype, util.hlval)}
called = set()


class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


def watch(frame, event, argument):
    if event == "call" and frame.f_code in formatting:
        called.add(formatting[frame.f_code])


def masked(opcode, payload):
    return bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def say(data):
    transport.clear()
    sys.setprofile(watch)
    protocol.dataReceived(data)
    sys.setprofile(None)
    return transport.value().decode("latin1")


transport = StringTransport()
# As a real one has by then; it is unregistered on closing.
transport.registerProducer(transport, True)
factory = WebSocketServerFactory("ws://127.0.0.1:80")
factory.protocol = Echo
protocol = factory.buildProtocol(None)
sys.setprofile(watch)
protocol.makeConnection(transport)
sys.setprofile(None)
answers = {
    "handshake": say(
        b"GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n"
        b"Upgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n"
    ),
    "message": say(masked(1, b"hello")),
    "ping": say(masked(9, b"?")),
    "close": say(masked(8, b"\\x03\\xe8")),
}
print(json.dumps({
    "called": sorted(called),
    "answers": answers,
    "threshold": threshold,
    "threshold_after": gc.get_threshold(),
    "frozen": gc.get_freeze_count(),
}))
"""


@cache
def socket_life(how: str) -> dict[str, Any]:
    """Connect, talk and close in a process that is "tuned" or "as it is"; return what it noted."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bookshelf.settings", "DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_tuned_process_formats_nothing_while_a_reader_connects_and_leaves():
    assert socket_life("tuned")["called"] == []


def test_without_tuning_autobahn_formats_for_a_log_that_is_off():
    """When a name is missing here, Autobahn has become lazy and bookshelf/tuning.py need not it."""
    assert socket_life("as it is")["called"] == ["hltype", "hlval", "pformat"]


@pytest.mark.parametrize("how", ["tuned", "as it is"])
def test_a_socket_is_served_alike(how):
    answers = socket_life(how)["answers"]

    assert answers["handshake"].startswith("HTTP/1.1 101 ")
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answers["handshake"]
    assert answers["message"] == "\x81\x05hello"
    assert answers["ping"] == "\x8a\x01?"
    assert answers["close"] == "\x88\x02\x03\xe8"


def test_a_tuned_process_collects_garbage_less_often_and_never_what_it_has_loaded():
    tuned, plain = socket_life("tuned"), socket_life("as it is")

    assert tuned["threshold_after"] == [10_000, 20, 20]
    assert tuned["frozen"] > 10_000
    assert plain["threshold_after"] == plain["threshold"]
    assert plain["frozen"] == 0
