"""The files in deploy/ fit together, and with the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.deployed.files import DEPLOY, Place, Unit, environment
from e2e.deployed.site import TCP, UNIT, UVICORN
from e2e.server import SETTINGS
from e2e.services import ROOT

README_VARIABLES = re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text())
UNITS = sorted(path.relative_to(DEPLOY).as_posix() for path in DEPLOY.glob("systemd/*.*"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path, http=8080, https=8443)


@pytest.fixture
def production(place):
    """The variables of deploy/bookshelf.env and of the unit, and no others of ours."""
    text = (DEPLOY / "bookshelf.env").read_text()
    text = text.replace("A_LONG_RANDOM_WORD", "between-3-and-9-Quiet.Readers_" * 2)
    unit = Unit((DEPLOY / UNIT).read_text())
    return {"PATH": "/usr/bin:/bin", **unit.environment, **environment(text)}


def check(env: dict[str, str], **others: str) -> str:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, env={**env, **others}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_the_checks_for_deployment_find_nothing(production):
    said = check(production)

    assert said.startswith("System check identified no issues"), said


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ({"REDIS_URL": ""}, "bookshelf.W001"),
        ({"DATABASE_URL": "", "MACHINES": "2"}, "bookshelf.W002"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"HTTPS": "0"}, "security.W008"),
    ],
)
def test_half_a_setting_is_found(production, others, named):
    assert named in check(production, **others)


def test_a_secret_that_was_not_filled_in_is_found(production):
    assert "SECRET_KEY has 18 characters" in check(production, SECRET_KEY="A_LONG_RANDOM_WORD")


def test_each_variable_is_one_that_we_read_and_explain():
    given = environment((DEPLOY / "bookshelf.env").read_text())

    assert set(given) - SETTINGS == set()
    assert set(given) - set(README_VARIABLES) == set()


@pytest.mark.parametrize("drop_in", [None, UVICORN, TCP])
def test_systemd_takes_the_units(tmp_path, place, drop_in):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    for name in UNITS:
        (tmp_path / name.removeprefix("systemd/")).write_text(place.read(name))
    if drop_in:
        extra = tmp_path / "bookshelf@.service.d"
        extra.mkdir()
        (extra / "extra.conf").write_text(place.read(drop_in))
    started = [name.removeprefix("systemd/").replace("@", "@1") for name in UNITS]

    done = subprocess.run(
        [program, "verify", "--man=no", *(f"./{name}" for name in started)],
        **{"cwd": tmp_path, "capture_output": True, "text": True, "check": False},
    )

    # Of the machine's own units it may have something to say as well.
    assert "bookshelf" not in done.stderr
    assert done.returncode == 0 or done.stderr


def test_the_daily_commands_exist():
    daily = Unit((DEPLOY / "systemd/bookshelf-daily.service").read_text())
    commands = [words[2] for words in daily.commands("ExecStart", {})]

    listed = subprocess.run(
        [sys.executable, "manage.py", "help", "--commands"],
        **{"cwd": ROOT, "capture_output": True, "text": True, "check": True},
    )
    assert "prune" in commands
    assert set(commands) - set(listed.stdout.split()) == set()


def test_the_operators_page_names_files_that_are_there():
    page = (ROOT / "docs" / "deploy.md").read_text()
    named = set(re.findall(r"\bdeploy/[\w@./-]+[\w]", page))

    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_each_folder_is_on_the_operators_page():
    page = (ROOT / "docs" / "deploy.md").read_text()
    folders = {path.parent.relative_to(ROOT) for path in DEPLOY.rglob("*.*")} - {Path("deploy")}

    assert [each for each in folders if str(each) not in page] == []


def test_both_upstreams_have_the_same_processes():
    text = (DEPLOY / "nginx/bookshelf.conf").read_text()
    pages, sockets = (
        re.search(rf"upstream bookshelf_{name} {{.*?\n}}", text, re.DOTALL)[0]
        for name in ("pages", "sockets")
    )

    assert pages.replace("bookshelf_pages", "bookshelf_sockets") == sockets
    number = environment((DEPLOY / "bookshelf.env").read_text())["PROCESSES"]
    assert len(re.findall(r"^  server ", pages, re.MULTILINE)) == int(number)
