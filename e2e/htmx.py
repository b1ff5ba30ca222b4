"""The newest released htmx 4, from npm, as it would stand among the static files of django-htmx.

    python -m e2e.htmx FOLDER && HTMX_DIR=FOLDER pytest e2e/test_live.py

django-htmx carries one version of htmx; the stories are to be true with the next one as well.
"""

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from e2e.processes import ServiceError, ServiceMissing
from e2e.programs import find_npm

FILES = {
    "htmx.min.js": "htmx-4.min.js",
    "ext/hx-ws.min.js": "ext/hx-ws-4.min.js",
    "ext/hx-upsert.min.js": "ext/hx-upsert-4.min.js",
}


def get_htmx(folder: Path) -> str:
    """Put the files of the newest htmx 4 into `folder`; return its name and version.

    Raises ServiceMissing without npm, ServiceError, with npm's words, when it gets nothing.
    """
    npm = find_npm()
    if npm is None:
        raise ServiceMissing("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="bookshelf-htmx-") as temporary:
        # A range takes no betas.
        answer = subprocess.run(
            [npm, "pack", "--silent", "htmx.org@4"],
            cwd=temporary, capture_output=True, text=True, check=False,
        )  # fmt: skip
        archives = list(Path(temporary).glob("*.tgz"))
        if answer.returncode != 0 or not archives:
            raise ServiceError(f"npm could not get htmx: {answer.stderr.strip()[-2000:]}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(temporary, filter="data")
        for source, target in FILES.items():
            place = folder / "django_htmx" / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(temporary) / "package" / "dist" / source, place)
        return archives[0].stem


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.htmx", description=__doc__)
    parser.add_argument("folder", type=Path)
    try:
        print(get_htmx(parser.parse_args().folder))
    except ServiceError as error:
        sys.exit(f"e2e.htmx: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
