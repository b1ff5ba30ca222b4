"""Frames on the wire: a message is made once, and is what any WebSocket client takes for one."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from updater.wire import Wire, encode, wire_of


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_a_client_reads_what_was_written(size):
    text = ("é" + "x" * size)[:size]
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)

    client.receive_data(encode(text))

    (frame,) = client.events_received()
    assert frame.opcode is Opcode.TEXT and frame.fin
    assert frame.data.decode() == text


def test_a_server_that_is_not_known_is_served_through_asgi_alone():
    async def send(event):
        raise AssertionError

    assert wire_of(send) == (Wire, None)
    assert not Wire.write(None, b"frame")
