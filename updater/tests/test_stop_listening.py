"""A Daphne that ends takes no new connection, and cuts off none that has come: on a real reactor.

`stop_listening` never raises. So this is what fails when Twisted has changed beneath it.
"""

import subprocess
import sys

from django.conf import settings

SCRIPT = """
import socket

from twisted.internet import asyncioreactor

asyncioreactor.install()

import django
from twisted.internet import protocol, reactor

django.setup()

from updater.shutdown import stop_listening


class Greeter(protocol.Protocol):
    def connectionMade(self):
        self.transport.write(b"welcome")
        self.transport.loseConnection()


def end():
    # The kernel has taken it, and the reactor has not seen it yet.
    early = socket.create_connection(address, timeout=5)
    stop_listening()
    reactor.callLater(0.1, reactor.callInThread, look, early)


def look(early):
    try:
        socket.create_connection(address, timeout=5)
        print("open")
    except ConnectionRefusedError:
        print("refused")
    print(early.recv(100).decode())
    reactor.callFromThread(reactor.stop)


listening = reactor.listenTCP(0, protocol.Factory.forProtocol(Greeter), interface="127.0.0.1")
address = "127.0.0.1", listening.getHost().port
reactor.callWhenRunning(end)
reactor.run()
"""


def test_a_pending_connection_is_accepted_and_none_after_it():
    command = [sys.executable, "-c", SCRIPT]
    environment = {"DJANGO_SETTINGS_MODULE": "bookshelf.settings"}
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.split() == ["refused", "welcome"], done.stderr
