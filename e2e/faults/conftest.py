"""A site to break, and the table of what became of its readers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from e2e.faults.fault import Run, broken
from e2e.faults.site import Site, whole_site
from e2e.faults.verdict import table
from e2e.programs import find_postgres, find_redis


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    """PostgreSQL, Redis and two processes of BookShelf. Each test finds them well."""
    if find_postgres() is None or find_redis() is None:
        pytest.skip("PostgreSQL's server and Redis are needed")
    with whole_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def fault(site, browser, record_property) -> Callable[..., AbstractContextManager[Run]]:
    """Break the site under load. Takes what e2e.faults.fault.broken takes, from the name on."""

    def begin(name: str, **options) -> AbstractContextManager[Run]:
        return broken(site, name, record_property, **{"browser": browser} | options)

    return begin


def pytest_terminal_summary(terminalreporter) -> None:
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "fault" and report.when == "call"
    ]
    if rows:
        terminalreporter.section("what became of the readers")
        terminalreporter.write_line(table(rows))
