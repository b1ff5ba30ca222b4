"""Promise 2: a change costs a process one reading and one rendering, for any number of readers."""

import asyncio
import json
import re
import resource
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import websockets

from e2e.server import DaphneServer
from e2e.services import free_port, redis_server
from e2e.test_restart import write_elsewhere

READERS = 1_000


class CountingServer(DaphneServer):
    """BookShelf with a counter in it."""

    def command(self) -> list[str]:
        return [*super().command()[:-1], "e2e.counting:application"]


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


async def attend(server: DaphneServer, cursor: str, connected: asyncio.Semaphore) -> list:
    """Connect as a page does; return the socket once it is live."""
    address = server.url.replace("http", "ws") + "/ws/update_notice/?topic=posts&topic=cards"
    async with connected:
        socket = await websockets.connect(
            address, origin=server.url, compression=None, open_timeout=30, ping_interval=None
        )
        await socket.send(json.dumps({"cursor": cursor}))
        assert "live" in await asyncio.wait_for(socket.recv(), 30)
    return socket


async def follow(server: DaphneServer, cursor: str) -> dict:
    """Have READERS follow while another process posts; return what that cost the server."""
    fifty_at_a_time = asyncio.Semaphore(50)
    sockets = await asyncio.gather(
        *(attend(server, cursor, fifty_at_a_time) for _ in range(READERS))
    )
    try:
        before = json.loads(await asyncio.to_thread(get, f"{server.url}/counts/"))
        await asyncio.to_thread(write_elsewhere, server, "Seen by a thousand")
        frames = await asyncio.wait_for(asyncio.gather(*(each.recv() for each in sockets)), 30)
        after = json.loads(await asyncio.to_thread(get, f"{server.url}/counts/"))
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    assert len(set(frames)) == 1
    assert "Seen by a thousand" in frames[0]
    return {name: after[name][len(before[name]) :] for name in after}


def test_a_post_costs_three_queries_and_one_rendering_with_a_thousand_readers(tmp_path):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * READERS), most))
    with redis_server(tmp_path) as redis:
        server = CountingServer(tmp_path, free_port(), {"DEBUG": "1", "REDIS_URL": redis.url})
        server.prepare()
        try:
            server.start()
            write_elsewhere(server, "The first")
            cursor = re.search(r'name="cursor" value="([^"]+)"', get(f"{server.url}/"))[1]

            # In a thread: in this one the browser's driver has an event loop running.
            with ThreadPoolExecutor(1) as thread:
                cost = thread.submit(asyncio.run, follow(server, cursor)).result()
        finally:
            server.close()

    # Every two seconds the stream looks at the log, readers or not: one query that finds nothing.
    looks = [sql for _, sql in cost["queries"] if "bookshelf_change" in sql]
    # The sender of mails looks at its queue every ten seconds.
    known = ("bookshelf_change", "bookshelf_queuedmail")
    others = [sql for _, sql in cost["queries"] if not any(name in sql for name in known)]
    print(
        f"{READERS} readers, one post: {len(looks)} looks at the log, {len(others)} other queries"
    )
    assert len(others) == 2
    assert cost["drawn"] == [["posts/frames/post_created.html", 2]]
