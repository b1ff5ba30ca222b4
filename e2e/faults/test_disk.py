"""Fault 14: no room for the database. Posting says so and keeps the text; reading goes on."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.processes import free_port
from e2e.server import DEVELOPMENT, DaphneServer

SIZE = 4
"""Megabytes of the disk. An empty database takes less than one."""


class Disk:
    """A small file system with a database on it; without the right to mount one, a limit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs"]
        self.is_mounted = run("mount", *options, str(folder))
        self.server: DaphneServer | None = None

    def fills(self) -> None:
        """Fill the disk."""
        if self.is_mounted:
            with (self.folder / "filler").open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(bytes(4096))
                except OSError:
                    pass
        else:
            self._limit(4096)

    def is_cleared(self) -> None:
        if self.is_mounted:
            (self.folder / "filler").unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def close(self) -> None:
        if self.is_mounted:
            run("umount", "--lazy", str(self.folder))

    def _limit(self, size: int) -> None:
        # Of every file that the process writes: that is its database, and little else.
        _, hard = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (size, hard))


def run(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def disk(folder) -> Iterator[Disk]:
    disk = Disk(folder / "disk")
    yield disk
    disk.close()


@pytest.fixture(scope="module")
def server(folder, disk) -> Iterator[DaphneServer]:
    env = DEVELOPMENT | {"DATABASE_URL": f"sqlite:///{disk.folder}/db.sqlite3"}
    server = disk.server = DaphneServer(folder, free_port(), env)
    server.prepare()
    try:
        yield server.start()
    finally:
        server.close()


def test_a_full_disk_keeps_the_text_and_the_readers(visitor, server, disk):
    author = visitor(quiet=False).signs_up("ana")
    author.posts("Before")
    reader = visitor(quiet=False).reads()
    author.goes_to("/posts/new/")
    author.fills("While it was full", body="Long thoughts about it.")

    disk.fills()
    author.page.get_by_role("button", name="Post it").click()

    expect(author.page.locator("#trouble")).to_contain_text("try again")
    expect(author.page.get_by_label("Your review")).to_have_value("Long thoughts about it.")
    # Reading goes on, for those who are here and for those who come.
    visitor(quiet=False).reads().sees("Before")
    reader.is_live()
    reader.does_not_see("While it was full")

    disk.is_cleared()
    author.page.get_by_role("button", name="Post it").click()
    author.sees("While it was full")
    reader.sees("While it was full")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()

    assert "Traceback" not in server.log.read_text(errors="replace")
