"""What the pages cost with many posts, against few: queries, medians, and what EXPLAIN says.

    python -m bench.many_posts [--engine postgres|sqlite|both] [--few N] [--many N] [--runs N]

Fills a throwaway PostgreSQL (10,000 and 1,000,000 posts) and SQLite files (10,000 and 200,000),
and asks each page by turns of the small and of the large shelf, after one time for warming up.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from e2e.server import SETTINGS
from e2e.services import ROOT, postgres_cluster

MANY = {"postgres": 1_000_000, "sqlite": 200_000}
MOST = 2_000_000
WORST = 1.5


# --- In a process of its own for each shelf ------------------------------------


def answer_requests() -> None:
    """Answer each line, a page and a reader, with one of JSON: what it cost."""
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from accounts.models import User
    from posts.tests.plans import faults, queries_kept
    from posts.tests.test_many_posts import PAGES, SHELF, path_of

    # Nothing was collected; pages name their style sheets as they are.
    files = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"] = {"BACKEND": files}
    paths = {page: path_of(page) for page in PAGES}
    anonymous, signed_in = Client(), Client()
    signed_in.force_login(User.objects.get(username=SHELF.readers[1][0]))
    print(json.dumps(list(paths)), flush=True)
    for line in sys.stdin:
        page, reader, judge = json.loads(line)
        client = signed_in if reader == "signed in" else anonymous
        with queries_kept() as queries:
            began = time.perf_counter()
            status = client.get(paths[page]).status_code
            took = (time.perf_counter() - began) * 1000
        answer: dict[str, Any] = {"status": status, "ms": took, "queries": len(queries)}
        if judge:
            answer["faults"] = [fault for query in queries for fault in faults(query)]
        print(json.dumps(answer), flush=True)


class Shelf:
    """A database with many posts, and a process that asks it for pages."""

    def __init__(self, url: str, count: int) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bookshelf.settings"}
        server = {"SECRET_KEY": "only-for-this-bench-" * 3, "ALLOWED_HOSTS": "testserver"}
        self._env = {**kept, **settings, **server}
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=self._env, check=True)
        began = time.monotonic()
        subprocess.run([*manage, "manyposts", str(count)], cwd=ROOT, env=self._env, check=True)
        self.filled_in = time.monotonic() - began
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.many_posts", "--answer"],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pages: list[str] = self._read()

    def asks_for(self, page: str, reader: str, judge: bool = False) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([page, reader, judge]) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = self._read()
        return answer

    def _read(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=30)


# --- The comparison ------------------------------------------------------------


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[list[str]]:
    """Yield the DATABASE_URLs of two empty databases."""
    if engine == "sqlite":
        yield [f"sqlite:///{folder}/few.sqlite3", f"sqlite:///{folder}/many.sqlite3"]
        return
    with postgres_cluster(folder) as cluster:
        with cluster.connect() as connection:
            connection.execute("CREATE DATABASE many")
        yield [cluster.url, cluster.url.removesuffix("bookshelf") + "many"]


def compare(engine: str, few: int, many: int, runs: int) -> bool:
    """Print the table of one engine; return whether it is as it should be."""
    good = True
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(engine, Path(folder)) as (small_url, large_url),
    ):
        small, large = Shelf(small_url, few), Shelf(large_url, many)
        print(f"\n{engine}: {many:,} posts were made in {large.filled_in:.0f} s")
        print(f"{'page':28}{'reader':11}{'queries':>8}{few:>10,}{many:>11,}{'ratio':>7}  EXPLAIN")
        for page in small.pages:
            for reader in ("anonymous", "signed in"):
                judged = [shelf.asks_for(page, reader, judge=True) for shelf in (small, large)]
                took: tuple[list[float], list[float]] = ([], [])
                for _ in range(runs):
                    for shelf, times in zip((small, large), took, strict=True):
                        times.append(shelf.asks_for(page, reader)["ms"])
                before, after = map(statistics.median, took)
                queries, faults = judged[1]["queries"], judged[1]["faults"]
                verdict = "; ".join(fault[:60] for fault in faults) or "indexes only"
                print(
                    f"{page:28}{reader:11}{queries:8}{before:7.1f} ms{after:8.1f} ms"
                    f"{after / before:7.2f}  {verdict}",
                    flush=True,
                )
                good &= not faults and queries <= 8 and after < WORST * before
        small.close()
        large.close()
    return good


def main() -> int:
    """Compare; return 1 when a page takes too many queries, a scan, or grows too much."""
    parser = argparse.ArgumentParser(prog="python -m bench.many_posts")
    parser.add_argument("--engine", choices=[*MANY, "both"], default="both")
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, help="default: 1,000,000, on SQLite 200,000")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        answer_requests()
        return 0
    if not 1_000 <= options.few <= (options.many or MOST) <= MOST or not 1 <= options.runs <= 200:
        parser.error(f"from 1,000 to {MOST:,} posts, and up to 200 runs")
    engines = MANY if options.engine == "both" else [options.engine]
    good = [
        compare(engine, options.few, options.many or MANY[engine], options.runs)
        for engine in engines
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
