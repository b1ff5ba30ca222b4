"""Look the pinned packages up among the known vulnerabilities (pip-audit). script/audit runs it.

A pin that has one fails the audit, unless audit.toml names it, with a reason and a last day. Where
no source of advisories can be reached nothing was checked: that is said, and is no failure.

Statuses: 0 nothing found, 1 something found, 75 nothing checked.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILES = ["requirements-dev.txt"]
"""It has in it what the others pin (bookshelf/tests/test_requirements.py)."""
SOURCES = ["pypi", "osv"]
NOT_CHECKED = 75

CANARY = "django==3.2.0"
"""A pin that every source has advisories of: one that finds nothing here knows nothing."""

WITHIN = 150
"""Seconds for all of it, and for the canary as many as an answer may take."""
ANSWER_WITHIN = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="instead of ours")
    parser.add_argument("--exceptions", type=Path, default=ROOT / "audit.toml")
    parser.add_argument("--osv-url", help="ask this OSV, and nobody else")
    options = parser.parse_args()
    today = datetime.now(UTC).date()
    exceptions = read_exceptions(options.exceptions)
    problems = [
        f"audit.toml: the exception for {each['id']} ended on {each['until']}"
        for each in exceptions
        if each["until"] < today
    ]
    excused = {each["id"]: each for each in exceptions if each["until"] >= today}
    sources = [["-s", "osv", "--osv-url", options.osv_url]] if options.osv_url else [
        ["-s", source] for source in SOURCES
    ]  # fmt: skip
    source = next((each for each in sources if knows_something(each)), None)
    if source is None:
        print("AUDIT: NOT CHECKED. No source of advisories can be reached from here.")
        print("\n".join(problems), end="\n" if problems else "")
        return 1 if problems else NOT_CHECKED

    report = audit(options.files or [ROOT / name for name in FILES], source, WITHIN)
    if report is None:
        print("AUDIT: NOT CHECKED. The source of advisories stopped answering.")
        return NOT_CHECKED
    used = set()
    for package in report["dependencies"]:
        name = package["name"]
        if "skip_reason" in package:
            problems.append(f"{name} was not looked up: {package['skip_reason']}")
        for found in package.get("vulns", []):
            names = {found["id"], *found.get("aliases", [])}
            if known := names & excused.keys():
                used |= known
                continue
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            problems.append(f"{name} {package['version']}: {found['id']}, fixed in {fixed}")
    for name in excused.keys() - used:
        problems.append(f"audit.toml: nothing has {name} any more, take the exception out")
    for name in sorted(used):
        print(f"Excused until {excused[name]['until']}: {name}, {excused[name]['reason']}")
    print("\n".join(problems) or f"AUDIT: {len(report['dependencies'])} packages, nothing known.")
    return 1 if problems else 0


def read_exceptions(path: Path) -> list[dict[str, Any]]:
    """Return what audit.toml excuses. Raises SystemExit when one is not whole."""
    found = tomllib.loads(path.read_text()).get("exception", [])
    for each in found:
        whole = {name: type(value) for name, value in each.items()}
        if whole != {"id": str, "reason": str, "until": date}:
            raise SystemExit(f"audit.toml: {each} needs an id, a reason and a date until when")
    return found


def knows_something(source: list[str]) -> bool:
    """Return whether this source answers, and tells us of a pin that is known to be vulnerable."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(CANARY)
        file.flush()
        report = audit([Path(file.name)], source, ANSWER_WITHIN * 2)
    return report is not None and any(each.get("vulns") for each in report["dependencies"])


def audit(files: Iterable[Path], source: list[str], within: float) -> dict[str, Any] | None:
    """Return pip-audit's report on requirements files; None when there is none in time."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"),
        # The files name every package: nothing is resolved or installed.
        *("--no-deps", "--disable-pip", "--timeout", str(ANSWER_WITHIN), *source),
        *(word for file in files for word in ("--requirement", str(file))),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=within, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


if __name__ == "__main__":
    sys.exit(main())
