"""Measure BookShelf beside what one would build or pick in its place.

    script/bench               everything, in some ten minutes: a table and a picture
    script/bench --short       in one, what noise cannot decide; fails where it is not reached
    script/bench --crowd N     N readers, in as many processes as they need

Everything runs on loopback, on throwaway services. CPU is the server's own, by the kernel's clock
for its process; the readers are another process (bench/client.py).
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import figures
from bench.harness import Bench, Results
from bench.picture import draw, draw_crowds
from e2e.services import ROOT

PICTURE = ROOT / "docs" / "bench.svg"


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="what is safe from noise, for CI")
    parser.add_argument("--only", help="only these figures, by name: fan_out,pages")
    parser.add_argument("--readers", type=int, help="instead of 1,000 (300 with --short)")
    parser.add_argument("--many", type=int, help="instead of 5,000 (1,500 with --short)")
    parser.add_argument("--crowd", type=numbers, help="only crowds, of so many: 20000,250000")
    parser.add_argument("--processes", type=int, default=0, help="of the crowd: 15,000 for each")
    parser.add_argument("--nginx", action="store_true", help="the crowd through nginx, with TLS")
    parser.add_argument(
        "--tries", type=int, default=10, help="of each sign-in: 40 for docs/bench.md"
    )
    parser.add_argument("--picture", type=Path, help="instead of docs/bench.svg", metavar="FILE")
    parser.add_argument("--json", type=Path, help="write all figures here", metavar="FILE")
    options = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("script/bench: it reads the kernel's clocks and /proc, and so needs Linux")
    readers = options.readers or (300 if options.short else 1_000)
    many = options.many or (1_500 if options.short else 5_000)
    # The client has the readers of up to seven servers, or many of one.
    allow_sockets(20_000 if options.crowd else max(8 * readers, many) + 500)
    plan: dict[str, Callable[[Bench], None]]
    if options.crowd and options.nginx:
        plan = {f"nginx {n}": partial(figures.through_nginx, readers=n) for n in options.crowd}
    elif options.crowd:
        crowd = partial(figures.crowd, processes=options.processes, short=options.short)
        plan = {f"crowd {n}": partial(crowd, readers=n) for n in options.crowd}
    elif options.short:
        plan = {
            "fan_out": partial(figures.fan_out, readers=readers, rounds=1, short=True),
            "growth": partial(figures.growth, few=100, many=many, rounds=5),
            "crowd": partial(figures.crowd, readers=5_000, processes=3, short=True),
        }
    else:
        plan = {
            "fan_out": partial(figures.fan_out, readers=readers, rounds=3),
            "connects": partial(figures.connects, readers=500, rounds=7),
            "growth": partial(figures.growth, few=100, many=many, rounds=8),
            "pages": partial(figures.pages, requests=500, rounds=3),
            "views": partial(figures.views, requests=240, rounds=3),
            "writing": partial(figures.writing, requests=160, rounds=2),
            "answers": partial(figures.answers, tries=options.tries),
            "posting": partial(figures.posting, readers=many, rounds=10),
        }
    if options.only:
        plan = {name: plan[name] for name in options.only.split(",")}
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bookshelf-bench-")))
        bench = Bench(stack, folder)
        for name, measure in plan.items():
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                measure(bench)
            except Exception as error:
                # The other figures are worth having; the status says that this one is missing.
                bench.results.failed.append(f"{name} was not measured: {error}")
    results = bench.results
    report(results, time.monotonic() - began)
    if options.json:
        rows = [{**vars(row), "reached": row.reached} for row in results.rows]
        whole = {"rows": rows, "servers": results.servers, "notes": results.notes}
        options.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    picture = options.picture or (
        None if options.short or options.only or options.crowd else PICTURE
    )
    if picture and options.crowd:
        draw_crowds(results.servers, picture)
    elif picture:
        draw(results, picture)
    if picture:
        print(f"The picture is {picture}.")
    missed = [row for row in results.rows if row.safe and not row.reached]
    return 1 if results.failed or (missed and options.short) else 0


def numbers(text: str) -> list[int]:
    """Read whole numbers with commas between."""
    return [int(word) for word in text.split(",")]


def allow_sockets(wanted: int) -> None:
    """Let this process and its children open this many sockets each."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < wanted:
        sys.exit(f"script/bench: it needs {wanted} open files for a process: ulimit -n {wanted}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def report(results: Results, seconds: float) -> None:
    """Print the table of what was to be reached, and below it each server's own figures."""
    width = max((len(row.what) for row in results.rows), default=0)
    print()
    for row in results.rows:
        mark = "reached" if row.reached else "MISSED"
        value = (
            f"{row.value:.0f}" if row.value >= 100 else f"{row.value:.2f}".rstrip("0").rstrip(".")
        )
        print(f"{row.what:<{width}}  {value:>7}  {row.reach:>7}  {mark:<8} {row.detail}")
    names = list(dict.fromkeys(name for figures in results.servers.values() for name in figures))
    label = max((len(name) for name in results.servers), default=0)
    for name in names:
        print(f"\n{name}")
        for server, values in results.servers.items():
            if name in values:
                print(f"  {server:<{label}} {values[name]:>10,.1f}")
    print()
    for note in (*results.notes, *results.failed):
        print(note)
    print(f"Measured in {seconds:.0f} s.")


if __name__ == "__main__":
    sys.exit(main())
