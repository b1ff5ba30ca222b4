"""Many servers of one site, and a process of readers for each of them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.contestants import Ours, ask
from bench.harness import BURST, Site
from bench.talk import Told

CROWD = "crowd"
"""What each process of readers calls those that it has."""

WITHIN = 240
"""Seconds after which a command is given up."""


@dataclass
class HandOut:
    """What it took until all readers had something."""

    last: float
    """Seconds until the last one had it."""
    cpu: float
    """Seconds of CPU of all servers."""
    frames: int
    """How many frames all readers got."""

    @property
    def each(self) -> float:
        """Microseconds of CPU for each reader and frame."""
        return self.cpu / self.frames * 1e6


class Fleet:
    """Servers, each with its readers in a process of their own. All are commanded at once."""

    def __init__(self, stack: ExitStack, site: Site, processes: int) -> None:
        self.site = site
        self.servers = [Ours(site.folder, site.env) for _ in range(processes)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(site.start, self.servers))
        self.clients = [stack.enter_context(Told("bench.client")) for _ in self.servers]

    def all_do(self, what: str, **arguments: Any) -> list[dict[str, Any]]:
        """Have all clients do this at once; return their answers.

        Raises RuntimeError when readers are late, or were lost.
        """
        for client in self.clients:
            client.ask(what, crowd=CROWD, within=WITHIN, **arguments)
        return [checked(client.answer()) for client in self.clients]

    def tell(self, client: Told, what: str, **arguments: Any) -> dict[str, Any]:
        """Have one client do this; return its answer. Raises RuntimeError as `all_do` does."""
        return checked(client.do(what, crowd=CROWD, within=WITHIN, **arguments))

    def connect(self, each: int, cursor: str, *, keep: int = 0) -> float:
        """Connect so many readers to each server; return the seconds it took."""
        began = time.monotonic()
        for client, server in zip(self.clients, self.servers, strict=True):
            how = self.how([server], cursor)
            client.ask("connect", crowd=CROWD, within=WITHIN, n=each, keep=keep, **how)
        for client in self.clients:
            checked(client.answer())
        return time.monotonic() - began

    def how(self, servers: list[Ours], cursor: str, burst: int = BURST) -> dict[str, Any]:
        """Return what a client has to know to connect to these servers."""
        return {
            "ports": [server.port for server in servers],
            "path": servers[0].path,
            "burst": burst,
            "hello": servers[0].hello(cursor),
            "until": servers[0].until,
        }

    # --- What happens on the site ------------------------------------------------------------

    def post(self, n: int = 1) -> HandOut:
        """Publish `n` posts at once, and wait until all readers have them."""
        at_once = {"n": n}
        return self._hand_out(n, "write", at_once, ring=n)

    def edit(self) -> HandOut:
        """Edit the last post, and wait until all readers have that."""
        return self._hand_out(1, "edit", {"post_id": self.site.post.ids[-1]}, ring=1)

    def likes(self, names: list[str]) -> HandOut:
        """Have these readers like the last post, one after the other, and wait for the last."""
        arguments = {"post_id": self.site.post.ids[-1], "names": names}
        return self._hand_out(len(names), "like", arguments, ring=0)

    def _hand_out(
        self, changes: int, what: str, arguments: dict[str, Any], *, ring: int
    ) -> HandOut:
        # The log's next numbers are known, and each frame ends with the one that it reaches. So
        # readers can look for it before it is written: a server may see it before it is announced.
        reached = int(self.site.post.cursor.split(".")[1]) + changes
        self.all_do("expect", marker=f'.{reached}"')
        before = self.cpu()
        answer = self.site.writer.do(what, **arguments)
        at: float = self.site.writer.do("ring", n=ring)["at"] if ring else answer["at"]
        self.site.post.cursor = answer["cursor"]
        self.site.post.ids += answer.get("ids", [])
        if not answer["cursor"].endswith(f".{reached}"):
            raise RuntimeError(f"{what}: {changes} changes led to {answer['cursor']}")
        answers = self.all_do("wait")
        # What they do after the last frame belongs to it, too.
        time.sleep(0.1)
        last = max(each["last"] for each in answers) - at
        return HandOut(last, self.cpu() - before, sum(each["frames"] for each in answers))

    def page(self) -> str:
        """Load the page of a reader."""
        return ask(self.servers[0].port, "/").decode()

    # --- What it costs -----------------------------------------------------------------------

    def cpu(self) -> float:
        """Seconds of CPU that all servers have used."""
        return sum(server.cpu() for server in self.servers)

    def memory(self) -> int:
        """Bytes of all servers, each with its share of what they share (PSS)."""
        return sum(server.memory() for server in self.servers)


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a client's answer. Raises RuntimeError when readers are late, or were lost."""
    if answer.get("late") or answer.get("gone"):
        raise RuntimeError(f"readers are late, or were lost: {answer}")
    return answer
