"""What it costs that all writers share one counter, and a log in commit order without it.

    python -m bench.commit_order

A sketch, which nothing else uses: docs/scale.md says what it would take. pgbench writes a row and a
change with each commit, on 16 connections to a PostgreSQL that flushes; a slow flush is one that
PostgreSQL delays (commit_delay). Three ways to number a change:

- counter: the project's. The counter's row is locked until the commit is on the disk.
- unordered: a sequence. A reader that goes by it misses what commits late.
- xid: a sequence, and the transaction's id. A reader leaves alone what has an id that is not older
  than the oldest transaction which still runs (the snapshot's horizon, xmin): whatever is older is
  visible to it, and nothing older comes any more.

At last a reader follows the third log while it is written, and a second one goes by the sequence
alone. Fails when the first misses a change, or reads one twice.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

from e2e.services import PostgresCluster, postgres_cluster, postgres_program

WRITERS = 16

TABLES = """
DROP TABLE IF EXISTS thing, counter, by_counter, by_sequence, by_xid;
CREATE TABLE thing (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE counter (id int PRIMARY KEY, n bigint NOT NULL);
INSERT INTO counter VALUES (1, 0);
CREATE TABLE by_counter (seq bigint PRIMARY KEY, thing bigint NOT NULL);
CREATE TABLE by_sequence (seq bigserial PRIMARY KEY, thing bigint NOT NULL);
CREATE TABLE by_xid (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(), seq bigserial, thing bigint NOT NULL,
    PRIMARY KEY (xid, seq)
);
"""

THING = "INSERT INTO thing DEFAULT VALUES RETURNING id \\gset\n"

LOGS = {
    "counter": """
        WITH next AS (UPDATE counter SET n = n + 1 WHERE id = 1 RETURNING n)
        INSERT INTO by_counter SELECT n, :id FROM next;
    """,
    "unordered": "INSERT INTO by_sequence (thing) VALUES (:id);\n",
    "xid": "INSERT INTO by_xid (thing) VALUES (:id);\n",
}

LATE = """
\\set number random(1, 50)
\\if :number = 1
SELECT pg_sleep(0.02);
\\endif
"""
"""Of some transactions the commit comes late."""

FLUSHES = {
    "as the disk is": "-c synchronous_commit=on",
    "synchronous_commit = off": "-c synchronous_commit=off",
    "2 ms slower": "-c commit_delay=2000 -c commit_siblings=0",
    "10 ms slower": "-c commit_delay=10000 -c commit_siblings=0",
}
"""PostgreSQL's options, by how long a commit waits for the disk."""

NEXT: LiteralString = """
    SELECT xid::text::bigint, seq FROM by_xid
    WHERE (xid, seq) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, seq
"""
"""What comes after the cursor (xid, seq)."""

NEXT_BY_SEQUENCE: LiteralString = "SELECT 0, seq FROM by_xid WHERE seq > %s + %s ORDER BY seq"
"""The same for who goes by the sequence alone."""

Place = tuple[int, int]


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.commit_order")
    parser.add_argument("--seconds", type=int, default=5, help="for each figure")
    parser.add_argument("--times", type=int, default=1, help="rounds of them; the median counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bookshelf-bench-") as folder:
        place = Path(folder)
        with postgres_cluster(place, durable=True) as postgres:
            print(f"commits a second, {WRITERS} writers\n\n{'the flush':<26}", end="")
            print(*(f"{way:>10}" for way in LOGS), f"{'xid/counter':>12}", flush=True)
            for flush, settings in FLUSHES.items():
                rates = dict.fromkeys(LOGS, 0.0)
                for way in LOGS:
                    found = [
                        rate(postgres, place, way, settings, options.seconds)
                        for _ in range(options.times)
                    ]
                    rates[way] = sorted(found)[len(found) // 2]
                gain = rates["xid"] / rates["counter"]
                print(f"{flush:<26}", *(f"{each:10,.0f}" for each in rates.values()), end=" ")
                print(f"{gain:12.1f}", flush=True)
            return 0 if follow(postgres, place, options.seconds) else 1


def rate(postgres: PostgresCluster, folder: Path, way: str, settings: str, seconds: int) -> float:
    """Return the commits a second of writers who number their changes in this way."""
    with postgres.connect("bookshelf") as connection:
        connection.execute(TABLES)
    script = f"BEGIN;\n{THING}{LOGS[way]}COMMIT;\n"
    with writing(postgres, folder, script, settings, seconds) as pgbench:
        output, _ = pgbench.communicate()
    found = re.search(r"tps = ([\d.]+)", output)
    if pgbench.returncode or found is None:
        raise RuntimeError(f"pgbench failed:\n{output}")
    return float(found[1])


@contextmanager
def writing(
    postgres: PostgresCluster, folder: Path, script: str, settings: str, seconds: int
) -> Iterator["subprocess.Popen[str]"]:
    """Have pgbench run a script on WRITERS connections for so many seconds."""
    file = folder / "script.sql"
    file.write_text(script)
    command = [
        *(postgres_program("pgbench"), "--no-vacuum", "--file", str(file)),
        *("--client", str(WRITERS), "--jobs", "2", "--time", str(seconds)),
        *("--host", "127.0.0.1", "--port", str(postgres.port), "--username", "bookshelf"),
        "bookshelf",
    ]
    pgbench = subprocess.Popen(
        command,
        env=os.environ | {"PGOPTIONS": settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield pgbench
    finally:
        pgbench.kill()
        pgbench.wait()


def follow(postgres: PostgresCluster, folder: Path, seconds: int) -> bool:
    """Read the log while it is written; return whether each change was read once, and in order."""
    with postgres.connect("bookshelf") as connection:
        connection.execute(TABLES)
    script = f"BEGIN;\n{THING}{LOGS['xid']}{LATE}COMMIT;\n"
    by_xid: list[Place] = []
    by_sequence: list[Place] = []
    looks = 0
    with (
        writing(postgres, folder, script, FLUSHES["as the disk is"], seconds) as pgbench,
        postgres.connect("bookshelf") as reader,
    ):
        while True:
            ended = pgbench.poll() is not None
            by_xid += read(reader, NEXT, by_xid)
            by_sequence += read(reader, NEXT_BY_SEQUENCE, by_sequence)
            looks += 1
            if ended:
                break
        written = reader.execute("SELECT xid::text::bigint, seq FROM by_xid ORDER BY xid, seq")
        there: list[Place] = [(xid, seq) for xid, seq in written]
    print(f"\na reader looked {looks:,} times while {len(there):,} changes were written:")
    print(f"by the sequence it missed {len(there) - len(by_sequence):,}; by (xid, seq)", end=" ")
    print("it read each once, in order" if by_xid == there else "IT DID NOT READ EACH ONCE")
    return by_xid == there


def read(connection: Any, query: LiteralString, so_far: list[Place]) -> list[Place]:
    """Return what comes after the last place that was read."""
    cursor = so_far[-1] if so_far else (0, 0)
    return [(xid, seq) for xid, seq in connection.execute(query, cursor)]


if __name__ == "__main__":
    sys.exit(main())
