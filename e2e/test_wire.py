"""The short cuts to the sockets of Daphne and uvicorn are taken, and lead to the right place.

An upgrade of either that is not recognised any more shows here; its readers would still be served.
"""

import asyncio
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets

from e2e.server import DaphneServer
from e2e.services import free_port
from e2e.test_many_readers import CountingServer, get
from e2e.test_restart import write_elsewhere


class CountingUvicorn(CountingServer):
    """The same on uvicorn, which by default deflates."""

    def command(self) -> list[str]:
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "-m", "uvicorn", *address, "e2e.counting:application"]


async def follow(server: DaphneServer, cursor: str) -> tuple[list[str], list[str], int]:
    """Follow while another process posts; return the ways taken, the frames, and the close code."""
    address = server.url.replace("http", "ws") + "/ws/update_notice/?topic=posts&topic=cards"
    async with websockets.connect(address, origin=server.url) as socket:
        await socket.send(json.dumps({"cursor": cursor}))
        frames = [await asyncio.wait_for(socket.recv(), 30)]
        wires = json.loads(await asyncio.to_thread(get, f"{server.url}/counts/"))["wires"]
        titles = [f"Long way {'x' * 150}", "é" * 190]
        await asyncio.to_thread(write_elsewhere, server, *titles)
        while not all(title in "".join(frames) for title in titles):
            frames.append(await asyncio.wait_for(socket.recv(), 30))
        await socket.send("not a message of ours")
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 30)
    return wires, frames, socket.close_code


@pytest.mark.parametrize(
    ("kind", "wire"), [(CountingServer, "DaphneWire"), (CountingUvicorn, "UvicornWire")]
)
def test_frames_take_the_short_way(tmp_path, kind, wire):
    server = kind(tmp_path, free_port(), {"DEBUG": "1"})
    server.prepare()
    try:
        server.start()
        write_elsewhere(server, "The first")
        cursor = re.search(r'name="cursor" value="([^"]+)"', get(f"{server.url}/"))[1]

        # In a thread: in this one the browser's driver has an event loop running.
        with ThreadPoolExecutor(1) as thread:
            work = thread.submit(asyncio.run, follow(server, cursor))
            wires, frames, close_code = work.result()
    finally:
        server.close()

    assert wires == [wire]
    assert "live" in frames[0]
    # What is closed through the server's own protocol is closed well.
    assert close_code == 4400
