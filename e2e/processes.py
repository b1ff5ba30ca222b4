"""A program that a test starts, stops, kills, freezes and starts again.

Everything is ended by the id that we were given when we started it, never by a name.
"""

import functools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

# Below the range from which systems give ports to outgoing connections (Linux: 32768, others
# higher). While a server is down, a client that tries to reach it could otherwise be given the
# server's own port, and the server could not start again.
PORTS = range(20000, 32768)


class ServiceError(RuntimeError):
    """A program did not start or failed; the message holds the end of its log."""


class ServiceMissing(ServiceError):
    """A program is not installed."""


def free_port() -> int:
    """Return a loopback TCP port that nobody uses at this moment.

    Raises ServiceError when a hundred tries found none.
    """
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServiceError(f"no free port between {PORTS.start} and {PORTS.stop}")


class Process:
    """One program of ours, with its output in a log file.

    A subclass says in `command()` how to start it and in `is_ready()` when it has.
    """

    name = "process"
    stop_signal = signal.SIGTERM

    def __init__(
        self,
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        """Take the log's path, and the environment, folder and user (only as root) to run with."""
        self.log = log
        self.env = dict(os.environ if env is None else env)
        self.cwd = cwd
        self.user = user
        self._popen: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return the program and its arguments."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Return whether the program answers; called repeatedly while it starts."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The id of the process started last. Raises ServiceError when none was."""
        return self._started.pid

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self, *, within: float = 60) -> Self:
        """Start the program and return once it answers, at most `within` seconds later.

        Raises ServiceError when it is running already, ends, or does not answer in time.
        """
        if self.is_running:
            raise ServiceError(f"{self.name} is running already, as {self.pid}")
        self._popen = self._popen_now(self.command())
        deadline = time.monotonic() + within
        while not (self.is_ready() and self.is_running):
            if not self.is_running:
                raise ServiceError(f"{self.name} ended at its start{self._log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServiceError(f"{self.name} did not answer in {within:g} s{self._log_tail()}")
            time.sleep(0.02)
        return self

    def stop(self, *, within: float = 20) -> int:
        """End the program as its administrator would, and return its exit status.

        A program that is still there `within` seconds later is killed: the status is then -9.
        """
        if self.is_running:
            self.thaw()
            self._started.send_signal(self.stop_signal)
            try:
                self._started.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._started.wait()

    def kill(self) -> None:
        """End the program and its children at once, as a power cut would."""
        if self.is_running:
            self._signal_all(signal.SIGKILL)
        self._started.wait()

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def freeze(self) -> None:
        """Let the program and its children hang: connections stay open, nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen program go on; harmless when it is not frozen."""
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """End the program if it was ever started; for the end of a test, whatever happened."""
        if self._popen is not None:
            self.stop()

    def run_beforehand(self, command: Sequence[str]) -> None:
        """Run another program to its end, as the same user, in the same folder, with the same log.

        Raises ServiceError when it fails.
        """
        if self._popen_now(command).wait() != 0:
            raise ServiceError(f"{Path(command[0]).name} failed{self._log_tail()}")

    def _popen_now(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ended_with_us(command, self.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                **run_as(self.user),
            )

    def _log_tail(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = "\n".join(text.splitlines()[-lines:])
        return f"; the end of {self.log}:\n{tail}" if tail else "; it wrote nothing"

    @property
    def _started(self) -> subprocess.Popen[bytes]:
        if self._popen is None:
            raise ServiceError(f"{self.name} was never started")
        return self._popen

    def _signal_all(self, number: signal.Signals) -> None:
        # The parent first: stopped or killed, it can start no further children.
        children = descendants(self.pid)
        self._started.send_signal(number)
        for child in {*children, *descendants(self.pid)}:
            with suppress(ProcessLookupError):
                os.kill(child, number)


def descendants(pid: int) -> list[int]:
    """Return the ids of all processes below `pid`, parents before children."""
    children: dict[int, list[int]] = {}
    for child, parent in process_table():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, []))
    for child in found:  # grows while we walk it
        found.extend(children.get(child, []))
    return found


def process_table() -> list[tuple[int, int]]:
    """Return (id, parent's id) of every process."""
    if not Path("/proc/self/stat").exists():
        lines = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        return [(int(pid), int(parent)) for pid, parent in (line.split() for line in lines)]
    table = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            # "<id> (<name>) <state> <parent> …", and a name may hold anything.
            after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2]
            table.append((int(folder.name), int(after_name.split()[1])))
    return table


def run_as(user: str | None) -> dict[str, Any]:
    """Return the arguments of Popen that run a program as system user `user`; none for None."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def ended_with_us(command: Sequence[str], stop_signal: signal.Signals) -> list[str]:
    """Return `command` such that the kernel stops it when we are killed, where it knows how to."""
    # The kernel watches the thread that starts it, so this is for the main thread only.
    if threading.current_thread() is not threading.main_thread() or not can_end_with_us():
        return list(command)
    name = stop_signal.name.removeprefix("SIG")
    return ["setpriv", "--pdeathsig", name, "--", *command]


@functools.cache
def can_end_with_us() -> bool:
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        return False
    probe = ["setpriv", "--pdeathsig", "TERM", "--", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
