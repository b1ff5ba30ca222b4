"""The three engines, one server for each worker, and people in front of it."""

import itertools
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from e2e.engines import ENGINES, Engine, Tab
from e2e.engines import engine as start_engine
from e2e.engines.people import Member
from e2e.server import DEVELOPMENT, DaphneServer, daphne_server
from e2e.services import ServiceMissing

# What a browser notes of a form that comes back (422), and of a request or a connection that a
# page gives up when it is left or shown again, is no fault.
EXPECTED = re.compile(
    r"status of 4(09|10|22)|AbortError|NS_BINDING_ABORTED|NetworkError when attempting"
    r"|WebSocket is closed before|connection to ws://\S+ was interrupted|can.t establish"
)
# WebKit keeps the page that is left, and Firefox runs its events to the end: its connection and its
# requests are cut, and htmx logs that. That a page is live, the stories see for themselves.
EXPECTED_OUTSIDE_CHROMIUM = re.compile(r"htmx:ws:error|Load failed")

PROMOTE = (
    "from accounts.models import User; User.objects.filter(username='{}').update(is_superuser=1)"
)

NARROW, WIDE = 390, 1280

PARAGRAPH = "A line that one reads, and another one. " * 12


class FewWorkersForEach(LoadScopeScheduling):
    """Keep the tests of one engine and file in one worker, so that engines are rarely started."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        return file + next((each for each in ENGINES if each in name.partition("[")[2]), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FewWorkersForEach:
    return FewWorkersForEach(config, log)


@pytest.fixture(scope="session", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each of the engines. One that is not installed is skipped, except in CI."""
    try:
        running = start_engine(request.param)
    except ServiceMissing as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with running:
        yield running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaphneServer]:
    """BookShelf in DEBUG, with a list that is longer than any screen."""
    with daphne_server(tmp_path_factory.mktemp("site"), env=DEVELOPMENT) as server:
        librarian = Member(server.url, "librarian").signs_up()
        for number in range(22):
            librarian.writes(f"Old book {number}", body=PARAGRAPH, tags="old")
        yield server


@pytest.fixture(scope="session")
def join(site: DaphneServer) -> Callable[[], Member]:
    """Make members, with names of their own."""
    numbers = itertools.count(1)
    return lambda: Member(site.url, f"member{next(numbers)}").signs_up()


@pytest.fixture(scope="session")
def author(join: Callable[[], Member]) -> Member:
    """A member who writes in another browser."""
    return join()


@pytest.fixture(scope="session")
def editor(site: DaphneServer, join: Callable[[], Member]) -> Member:
    """An admin."""
    someone = join()
    code = PROMOTE.format(someone.name)
    site.run_beforehand([sys.executable, "manage.py", "shell", "-v0", "-c", code])
    return someone


@pytest.fixture
def visit(browser: Engine, site: DaphneServer) -> Iterator[Callable[..., Tab]]:
    """Open a page, as a guest or as a member, and wait until it is live if it is a live one.

    At the end none of the consoles may hold an error or a violation of the CSP, except where the
    story says `quiet=False`.
    """
    tabs: list[Tab] = []
    loud: list[Tab] = []

    def visit(
        path: str = "/", *, member: Member | None = None, width: int = WIDE, quiet: bool = True
    ) -> Tab:
        tab = browser.new_tab(site.url, width=width)
        tabs.append(tab)
        if not quiet:
            loud.append(tab)
        if member is not None:
            tab.add_cookies(member.cookies)
        tab.open(path)
        if tab.count("#live"):
            tab.is_live()
        tab.mark()
        return tab

    yield visit
    errors = [text for tab in tabs if tab not in loud for text in tab.console_errors()]
    for tab in tabs:
        tab.close()
    errors = [text for text in errors if not EXPECTED.search(text)]
    if browser.name != "chromium":
        errors = [text for text in errors if not EXPECTED_OUTSIDE_CHROMIUM.search(text)]
    assert errors == []
