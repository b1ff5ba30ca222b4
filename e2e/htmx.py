"""The newest released htmx 4, from npm, as it would stand among the static files of django-htmx.

    python -m e2e.htmx FOLDER && HTMX_DIR=FOLDER pytest e2e/test_live.py

django-htmx carries one version of htmx; the stories are to be true with the next one as well.
"""

import argparse
import shutil
import sys
from pathlib import Path

from e2e.npm import unpacked
from e2e.processes import ServiceError

FILES = {
    "htmx.min.js": "htmx-4.min.js",
    "ext/hx-ws.min.js": "ext/hx-ws-4.min.js",
    "ext/hx-upsert.min.js": "ext/hx-upsert-4.min.js",
}


def get_htmx(folder: Path) -> str:
    """Put the files of the newest htmx 4 into `folder`; return its name and version.

    Raises ServiceMissing without npm, ServiceError, with npm's words, when it gets nothing.
    """
    with unpacked("htmx.org@4") as (name, package):
        for source, target in FILES.items():
            place = folder / "django_htmx" / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(package / "dist" / source, place)
        return name


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
