"""Stories of two machines; test_two_machines.py runs them in a network of their own.

The first, 10.0.0.1, is where we are: nginx, PostgreSQL, Redis, a process. The second, 10.0.0.2, has
a process alone, as docs/deploy.md has it.
"""

import http.client
import subprocess
from pathlib import Path

import pytest

from e2e.deployed.site import TCP, UnitProcess, deployed_site, read_unit
from e2e.deployed.test_site import readers
from e2e.processes import Process
from e2e.test_restart import write_elsewhere

FIRST, SECOND = "10.0.0.1", "10.0.0.2"


class OtherMachine(Process):
    """A namespace, for as long as this sleeps."""

    name = "another machine"

    def command(self) -> list[str]:
        return ["unshare", "--net", "--", "sleep", "infinity"]

    def is_ready(self) -> bool:
        return Path(f"/proc/{self.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()

    @property
    def entering(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]


class DistantProcess(UnitProcess):
    """A process that listens on a port of the other machine."""

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(SECOND, 8001, timeout=5)

    def get(self, path: str) -> bytes | None:
        # Here it is called by its address, and through nginx by the site's name.
        connection = self._connection()
        try:
            headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
            connection.request("GET", path, headers=headers)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def ip(*words: str, on: tuple[str, ...] | list[str] = ()) -> None:
    subprocess.run([*on, "ip", *words], check=True)


@pytest.fixture(scope="module")
def other(folder):
    """A machine with a cable to this one."""
    machine = OtherMachine(folder / "other.log")
    machine.start()
    ip("link", "set", "lo", "up")
    ip("link", "add", "cable", "type", "veth", "peer", "name", "plug", "netns", str(machine.pid))
    ip("address", "add", f"{FIRST}/24", "dev", "cable")
    ip("link", "set", "cable", "up")
    ip("link", "set", "lo", "up", on=machine.entering)
    ip("address", "add", f"{SECOND}/24", "dev", "plug", on=machine.entering)
    ip("link", "set", "plug", "up", on=machine.entering)
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def server(folder, other):
    with deployed_site(folder, processes=1, neighbour=FIRST) as running:
        env = {name: value.replace("127.0.0.1", FIRST) for name, value in running.env.items()}
        env |= {"PRIVATE_ADDRESS": SECOND, "MACHINES": "2"}
        unit = read_unit(running.place, "8001", (TCP,), "bookshelf.asgi:application")
        distant = DistantProcess(running.place, env, unit, other.entering)
        running.processes.append(distant.start())
        yield running


def test_a_post_reaches_the_readers_of_both_machines(visitor, author, server):
    tabs = [visitor().reads() for _ in range(4)]
    assert all(readers(process) > 0 for process in server.processes)

    author.posts("On both machines")

    for tab in tabs:
        tab.sees("On both machines")
        tab.has_not_reloaded()
        tab.sees_what_a_fresh_load_shows()


def test_what_is_written_without_a_ring_arrives_on_both(visitor, server):
    tabs = [visitor().reads() for _ in range(2)]

    write_elsewhere(server, "Written by hand")

    for tab in tabs:
        tab.sees("Written by hand")


def test_when_the_other_machine_loses_its_process_its_readers_come_here(visitor, author, server):
    tabs = [visitor(quiet=False).reads() for _ in range(4)]
    here, there = server.processes
    assert readers(there) > 0

    there.kill()
    author.posts("While the other machine is away")

    for tab in tabs:
        tab.sees("While the other machine is away")
        tab.is_live()
        tab.has_not_reloaded()
    assert readers(here) >= 4
