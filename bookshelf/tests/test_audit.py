"""The audit finds a vulnerable pin, excuses it for a time, and says so when it could not look.

pip-audit itself, and a source of advisories on this machine that speaks OSV's protocol.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.conf import settings

KNOWN = {
    ("django", "3.2.0"): "GHSA-0000-0000-0001",
    ("jinja2", "2.4.1"): "GHSA-0000-0000-0002",
}


class Advisories(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = asked["package"]["name"], asked["version"]
        known = self.server.known.get((name, version))
        fixed = {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}]}
        affected = {"package": {"name": name, "ecosystem": "PyPI"}, **fixed}
        about = {"id": known, "summary": "Bad.", "aliases": ["CVE-2000-1"], "affected": [affected]}
        body = json.dumps({"vulns": [about]} if known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def osv():
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        server.known = KNOWN
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def audit(tmp_path, port: int, pin: str, exceptions: str = "") -> tuple[int, str]:
    """Audit one pin; return the status and what was printed."""
    (tmp_path / "pins.txt").write_text(f"{pin}\n")
    (tmp_path / "audit.toml").write_text(exceptions)
    done = subprocess.run(
        [
            *(sys.executable, "script/_audit.py", "--osv-url", f"http://127.0.0.1:{port}/v1/query"),
            *("--exceptions", str(tmp_path / "audit.toml"), str(tmp_path / "pins.txt")),
        ],
        **{"cwd": settings.BASE_DIR, "capture_output": True, "text": True, "check": False},
    )
    return done.returncode, done.stdout + done.stderr


def excuse(days: int, id: str = "GHSA-0000-0000-0002") -> str:
    until = datetime.now(UTC).date() + timedelta(days)
    return f'[[exception]]\nid = "{id}"\nreason = "never called"\nuntil = {until}\n'


def test_a_vulnerable_pin_fails_and_another_does_not(tmp_path, osv):
    status, said = audit(tmp_path, osv.server_port, "jinja2==2.4.1")
    assert (status, "jinja2 2.4.1: CVE-2000-1, fixed in 9" in said) == (1, True), said

    status, said = audit(tmp_path, osv.server_port, "jinja2==3.1.6")
    assert (status, "1 packages, nothing known" in said) == (0, True), said


def test_an_exception_has_a_reason_and_an_end(tmp_path, osv):
    status, said = audit(tmp_path, osv.server_port, "jinja2==2.4.1", excuse(1))
    assert (status, "never called" in said) == (0, True), said

    stale = excuse(-1) + excuse(1, "GHSA-0000-0000-0009")
    status, said = audit(tmp_path, osv.server_port, "jinja2==2.4.1", stale)
    assert status == 1
    for words in ("ended on", "nothing has GHSA-0000-0000-0009 any more", "fixed in 9"):
        assert words in said

    status, said = audit(tmp_path, 1, "jinja2==2.4.1", '[[exception]]\nid = "CVE-2000-1"\n')
    assert (status, "needs an id, a reason and a date" in said) == (1, True), said


def test_a_source_that_is_away_or_knows_nothing_is_no_success_and_no_failure(tmp_path, osv):
    osv.known = {}
    status, said = audit(tmp_path, osv.server_port, "jinja2==2.4.1")
    assert (status, "NOT CHECKED" in said) == (75, True), said

    status, said = audit(tmp_path, 1, "jinja2==2.4.1")
    assert (status, "NOT CHECKED" in said) == (75, True), said


def test_our_own_exceptions_are_whole():
    code = "import _audit; _audit.read_exceptions(_audit.ROOT / 'audit.toml')"

    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR / "script", check=True)
