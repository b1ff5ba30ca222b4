"""What is installed is pinned, by the hash of each file, and is what requirements*.in ask for."""

import re

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
)
FILES = ["requirements", "requirements-uvicorn", "requirements-dev"]


def lines_of(name: str) -> str:
    text = (settings.BASE_DIR / name).read_text()
    return re.sub(r"^ *(#.*)?\n", "", text, flags=re.MULTILINE)


def pins_of(name: str) -> dict[str, tuple[str, str]]:
    """Return version and hashes of each package. Fails for a line that is no pin with hashes."""
    text, pins = lines_of(f"{name}.txt"), {}
    while text:
        found = PIN.match(text)
        assert found, f"{name}.txt: {text[:80]!r} is no pin with hashes"
        pins[canonicalize_name(found[1])] = (found[2], found[3])
        text = text[found.end() :]
    return pins


def wanted_by(name: str) -> list[Requirement]:
    wanted = [line for line in lines_of(f"{name}.in").splitlines() if line]
    named = [Requirement(line) for line in wanted if not line.startswith("-")]
    return named + [
        each for line in wanted if line.startswith("-r") for each in wanted_by(line[3:-3])
    ]


@pytest.mark.parametrize("name", FILES)
def test_each_pin_has_hashes_and_nothing_else_is_in_the_file(name):
    """No address of an index, no option: what is installed depends on the hashes alone."""
    assert len(pins_of(name)) >= 3


@pytest.mark.parametrize("name", FILES)
def test_what_is_asked_for_is_pinned_in_a_version_that_fits(name):
    pins = pins_of(name)

    for wanted in wanted_by(name):
        version, _ = pins[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version, prereleases=True), (wanted, version)


@pytest.mark.parametrize("name", FILES)
def test_the_tests_run_on_what_production_runs_on(name):
    for_tests = pins_of("requirements-dev")

    assert {each: for_tests.get(each) for each in pins_of(name)} == pins_of(name)
