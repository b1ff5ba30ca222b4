"""A fault from its beginning to its verdict."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from e2e.faults.balancer import Balancer
from e2e.faults.followers import Crowd, Follower
from e2e.faults.sheets import TOKEN
from e2e.faults.site import Site, wait_for
from e2e.faults.verdict import Fresh, Verdict, judge, settle
from e2e.faults.writers import GONE, Writers, Written

THOROUGH = bool(os.environ.get("THOROUGH"))

READERS = 200


def lasting(short: float, long: float) -> float:
    """Seconds that a fault lasts: `long` ones with THOROUGH=1."""
    return long if THOROUGH else short


def within(seconds: float) -> float:
    """A promise of so many seconds, on a machine that has time for it.

    One that is overcommitted (more than two at work for each core) is given as much longer.
    """
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2)


class Tab:
    """A tab of a real browser."""

    def __init__(self, browser: Browser, url: str, path: str = "/") -> None:
        self.path = path
        self.context = browser.new_context(base_url=url)
        self.page: Page = self.context.new_page()
        self.page.goto(path)

    def hide(self) -> None:
        """Hide the tab, as far as the page can see."""
        self._shows_as(hidden=True)

    def show(self) -> None:
        self._shows_as(hidden=False)

    def _shows_as(self, *, hidden: bool) -> None:
        self.page.evaluate(
            """hidden => {
                Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    @property
    def status(self) -> str:
        return self.page.locator("#conn").inner_text()

    def tokens(self) -> list[tuple[str, int]]:
        """Return what the page shows of the writers' texts, with versions."""
        signed = self.page.locator("#posts > article h2, #comments .said").all_text_contents()
        found = map(TOKEN.search, signed)
        return [(match[1], int(match[2])) for match in found if match]

    def wrongs(self, written: list[Written]) -> tuple[int, int, int]:
        """Count what is missing, what is shown twice, and what is shown though it was removed."""
        signed = self.tokens()
        shown = dict(signed)
        here = [each for each in written if each.page == self.path]
        wrong = [each for each in here if shown.get(each.token, GONE) not in each.may_be]
        lingering = sum(each.is_removed for each in wrong)
        return len(wrong) - lingering, len(signed) - len(shown), lingering


class Run:
    """One fault under load. The test breaks and mends; the rest goes on by itself."""

    def __init__(
        self, site: Site, fault: str, crowd: Crowd, authors: Writers, tabs: list[Tab]
    ) -> None:
        self.site = site
        self.authors = authors
        self.crowd = crowd
        self.tabs = tabs
        self.verdict = Verdict(fault)
        self.settled_within = 60.0
        self.ended_at = 0.0
        self.fresh: Fresh | None = None

    @property
    def followers(self) -> list[Follower]:
        return self.crowd.followers

    def hide(self, followers: list[Follower]) -> None:
        """Put these tabs into the background, where their sockets close."""
        self.site.loop.run(self.crowd.each(Follower.hide, followers))

    def show(self, followers: list[Follower]) -> None:
        """Bring these tabs back to the front."""
        self.site.loop.run(self.crowd.each(Follower.show, followers))

    def goes_on(self, seconds: float) -> None:
        """Let writers and readers go on for a while."""
        time.sleep(seconds)

    def is_over(self) -> None:
        """The fault has ended: what readers owe to it is counted from now."""
        self.ended_at = time.time()

    def every_reader_is_live(self, *, within: float = 15) -> float:
        """Wait until everybody is connected and served; returns the seconds it took."""
        return wait_for(
            lambda: all(each.is_live for each in self.crowd.followers),
            within=within,
            what="every reader is live",
        )

    def are_up_to_date(self, followers: list[Follower], *, within: float = 60) -> None:
        """Wait until these pages say what a fresh load does; for while nobody writes."""
        self.site.loop.run(settle(self.site, followers, within))

    @property
    def losses(self) -> int:
        """Return how many connections of readers were lost."""
        return sum(each.losses for each in self.crowd.followers)

    def pongs(self, *, within: float) -> int:
        """Return on how many sockets the server answers a ping within so many seconds."""
        return self.site.loop.run(self.crowd.pongs(within=within))

    def judge(self) -> None:
        """Wait for the pages to settle, and count what is wrong."""
        written = self.authors.written
        loop = self.site.loop
        self.fresh = loop.run(settle(self.site, self.followers, self.settled_within))
        loop.run(judge(self.site, self.crowd, self.fresh, written, self.verdict, self.ended_at))
        deadline = time.monotonic() + self.settled_within
        for tab in self.tabs:
            while any(tab.wrongs(written)) and time.monotonic() < deadline:
                tab.page.wait_for_timeout(100)
            lost, duplicated, lingering = tab.wrongs(written)
            if lost or duplicated or lingering:
                print(f"{tab.path} says {tab.status!r} and shows {sorted(tab.tokens())}")
            self.verdict.readers += 1
            self.verdict.lost += lost
            self.verdict.duplicated += duplicated
            self.verdict.lingering += lingering


@contextmanager
def broken(
    site: Site,
    fault: str,
    record: Callable[[str, Any], None],
    *,
    browser: Browser | None = None,
    readers: int = READERS,
    path: str = "/",
    through: Balancer | None = None,
    mended: bool = True,
    live: bool = True,
    writers: int = 3,
    rate: float = 6,
    settled_within: float = 60,
) -> Iterator[Run]:
    """Two tabs (with a `browser`) and `readers` follow while authors write and the test breaks.

    Three readers in four have the list at `path` open, the others a book's room.

    After the block the authors stop, the pages get `settled_within` seconds to settle (how long
    they took is in the verdict), the verdict is recorded, and has to be clean: everything
    acknowledged is shown, nothing is there twice or though it was removed, and every page says
    what a fresh load says.

    The pages come `through` the site's balancer or another one. With `mended=False` the site is
    taken as it is, with `live=False` nobody waits for the sockets.
    """
    if mended:
        site.mend()
    authors = site.writers(writers, rate=rate)
    room = f"/posts/{authors.open_a_room()}/"
    crowd = Crowd((lambda: through.port) if through else site.pick)
    url = through.url if through else site.url
    tabs = [Tab(browser, url, each) for each in (path, room)] if browser else []
    run = Run(site, fault, crowd, authors, tabs)
    run.settled_within = settled_within
    try:
        for each, number in ((path, readers - readers // 4), (room, readers // 4)):
            site.loop.run(crowd.open(each, number, within=30 if live else 0))
        assert not live or all(each.is_live for each in crowd.followers)
        authors.start()
        try:
            yield run
        finally:
            authors.stop()
        run.judge()
        run.verdict.acknowledged = authors.acknowledged.total()
        record("fault", run.verdict.row)
    finally:
        site.loop.run(crowd.close())
        for tab in tabs:
            tab.context.close()
    assert run.verdict.is_clean, run.verdict
    assert run.verdict.acknowledged > 0, "nobody could write anything"
