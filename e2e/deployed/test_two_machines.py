"""Two machines: two network namespaces, joined by a cable. Where the kernel lets us make them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.conftest import need
from e2e.services import ROOT


def why_not() -> str | None:
    """Return why namespaces cannot be made here, if they cannot."""
    if sys.platform != "linux":
        return "there are network namespaces on Linux only"
    absent = [name for name in ("unshare", "nsenter", "ip") if shutil.which(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (util-linux, iproute2)"
    probe = ["unshare", "--net", "--", "ip", "link", "add", "probe", "type", "veth"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"the kernel refuses: {done.stderr.strip()}"


def test_two_machines_serve_as_one(tmp_path):
    need("chromium", "nginx", "postgres", "redis")
    # Not a failure in CI either: no program is missing, the machine does not allow it.
    if reason := why_not():
        print(f"two machines not tested: {reason}")
        pytest.skip(reason)
    stories = Path(__file__).with_name("two_machines.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(stories)]

    # In a network of their own, which ends with the last of its programs.
    done = subprocess.run(
        ["unshare", "--net", "--", *command, f"--basetemp={tmp_path}/two"],
        **{"cwd": ROOT, "env": os.environ, "capture_output": True, "text": True, "check": False},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
