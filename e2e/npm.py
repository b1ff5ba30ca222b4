"""Packages of npm, for the tests alone: nothing of them is part of the site."""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.processes import ServiceError, ServiceMissing
from e2e.programs import find_npm


@contextmanager
def unpacked(package: str) -> Iterator[tuple[str, Path]]:
    """Get a package, such as "htmx.org@4"; yield its name with the version, and its folder.

    A range takes no betas. Raises ServiceMissing without npm, ServiceError, with npm's words, when
    it gets nothing.
    """
    npm = find_npm()
    if npm is None:
        raise ServiceMissing("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="bookshelf-npm-") as temporary:
        answer = subprocess.run(
            [npm, "pack", "--silent", package],
            cwd=temporary, capture_output=True, text=True, check=False,
        )  # fmt: skip
        archives = list(Path(temporary).glob("*.tgz"))
        if answer.returncode != 0 or not archives:
            raise ServiceError(f"npm could not get {package}: {answer.stderr.strip()[-2000:]}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(temporary, filter="data")
        yield archives[0].stem, Path(temporary) / "package"
