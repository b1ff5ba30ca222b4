"""A crowd through nginx, as deploy/ has it: TLS, four processes, PostgreSQL, and all limits.

script/bench --crowd 16000 --nginx
"""

import time
from contextlib import ExitStack
from pathlib import Path

from bench.contestants import TOPICS, Post, cpu_of, memory_of
from bench.figures.samples import median
from bench.fleet import CROWD, WITHIN, checked
from bench.harness import BURST, Bench
from bench.talk import Told
from e2e.deployed.site import DeployedSite, deployed_site

PROCESSES = 4
"""As many as the files of deploy/ have."""


def through_nginx(bench: Bench, readers: int) -> None:
    """Connect them, post, and kill a process; nginx gives its readers to the others.

    nginx's workers open two files for each reader, and get them unevenly.
    """
    label = f"{readers:,} readers through nginx"
    figures = bench.results.servers[label]
    with ExitStack() as stack:
        site = stack.enter_context(deployed_site(bench.folder, processes=PROCESSES))
        crowd = NginxCrowd(stack, site)
        servers, nginx = [process.pid for process in site.processes], workers(site.nginx.pid)
        before = memory_of(*servers), memory_of(*nginx), cpu_of(*servers), cpu_of(*nginx)
        took = crowd.connect(readers, crowd.newest.cursor)
        figures["connects a second"] = readers / took
        figures["CPU of nginx, µs a connect"] = (cpu_of(*nginx) - before[3]) / readers * 1e6
        figures["CPU of the servers, µs a connect"] = (cpu_of(*servers) - before[2]) / readers * 1e6
        figures["memory of nginx, KiB a reader"] = (memory_of(*nginx) - before[1]) / readers / 1024
        figures["memory of the servers, KiB a reader"] = memory_of(*servers) / readers / 1024
        crowd.post()
        lasts, ours, theirs = [], [], []
        for _ in range(5):
            start = cpu_of(*servers), cpu_of(*nginx)
            lasts.append(crowd.post())
            ours.append((cpu_of(*servers) - start[0]) / readers * 1e6)
            theirs.append((cpu_of(*nginx) - start[1]) / readers * 1e6)
        figures["CPU of the servers, µs a reader and frame"] = median(ours)
        figures["CPU of nginx, µs a reader and frame"] = median(theirs)
        figures["the last one has a post after, s"] = median(lasts)
        back, not_once = crowd.kill(readers)
        figures["back after a kill, s"] = back
        found = crowd.count()
    row = bench.results.row
    row(f"{label}: lost", readers - found, "≤ 0", "after a kill as well", safe=True)
    detail = f"of all, {back:.1f} s after the kill"
    row("after the kill: have what they missed, but not once", not_once, "≤ 0", detail, safe=True)
    row("the last one has it after, s", max(lasts), "≤ 4", "with TLS")
    row("all back after the kill, s", back, "≤ 20", "through nginx again")


class NginxCrowd:
    """Readers of the deployed site, in two processes."""

    def __init__(self, stack: ExitStack, site: DeployedSite) -> None:
        self.site = site
        self.writer = stack.enter_context(Told("bench.writer", {**site.env, "RATE_LIMITS": "0"}))
        self.clients = [stack.enter_context(Told("bench.client")) for _ in range(2)]
        self.newest = self.write()

    def write(self) -> Post:
        return Post(self.writer.do("write", n=1))

    def expected(self) -> Post:
        """Write and announce a post for which the readers look already. Returns it."""
        marker = f'id="post-{self.newest.ids[-1] + 1}-card"'
        for client in self.clients:
            client.do("expect", crowd=CROWD, marker=marker)
        self.newest = self.write()
        if self.newest.marker != marker:
            raise RuntimeError(f"{marker} was expected, and {self.newest.marker} came")
        self.rung: float = self.writer.do("ring", n=1)["at"]
        return self.newest

    def connect(self, readers: int, cursor: str) -> float:
        """Connect so many in all; return the seconds it took."""
        began = time.monotonic()
        for number in range(len(self.clients)):
            self._ask_to_connect(number, readers // len(self.clients), cursor)
        for client in self.clients:
            checked(client.answer())
        return time.monotonic() - began

    def _ask_to_connect(self, number: int, n: int, cursor: str) -> None:
        self.clients[number].ask(
            "connect",
            crowd=CROWD,
            ports=[self.site.port],
            path=TOPICS,
            n=n,
            burst=BURST,
            hello=f'{{"cursor": "{cursor}"}}',
            until="live",
            tls=True,
            # nginx limits what an address may open.
            network=f"127.0.{number + 1}",
            each_address=100,
            within=WITHIN,
        )

    def post(self) -> float:
        """Write a post; return the seconds until all had it."""
        self.expected()
        last: float = max(
            checked(client.do("wait", crowd=CROWD, within=WITHIN))["last"]
            for client in self.clients
        )
        # What they do after the last frame belongs to it, too.
        time.sleep(0.1)
        return last - self.rung

    def count(self) -> int:
        """How many readers there are."""
        counts = [client.do("look", crowd=CROWD)["readers"] for client in self.clients]
        return sum(counts)

    def kill(self, readers: int) -> tuple[float, int]:
        """Kill a process, post, and have its readers come back.

        Returns the seconds it took, and how many did not get the post exactly once.
        """
        cursor = self.newest.cursor
        began = time.monotonic()
        self.site.processes[-1].kill()
        for client in self.clients:
            # Those who were cut off are known by then.
            client.do("forgive", crowd=CROWD, within=WITHIN)
        self.expected()
        missing = readers // len(self.clients)
        for number, client in enumerate(self.clients):
            there = client.do("look", crowd=CROWD)["readers"]
            self._ask_to_connect(number, missing - there, cursor)
        for client in self.clients:
            checked(client.answer())
        for client in self.clients:
            checked(client.do("wait", crowd=CROWD, within=WITHIN))
        seconds = time.monotonic() - began
        not_once = [client.do("look", crowd=CROWD)["not_once"] for client in self.clients]
        return seconds, sum(not_once)


def workers(master: int) -> list[int]:
    """Return the ids of nginx's workers."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return [int(pid) for pid in children.split()]
