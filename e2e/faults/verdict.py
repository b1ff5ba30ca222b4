"""What a fault did to the readers: counted, and compared with a fresh load."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from urllib.parse import urljoin

from lxml import html

from e2e.faults.followers import Crowd, Follower, fetch
from e2e.faults.sheets import TOKEN, Sheet, number_of
from e2e.faults.site import Change, Site
from e2e.faults.writers import GONE, Written

ONLY_IN_ROOMS = {"comment_edited", "comment_liked", "notified"}

COLUMNS = (
    ("fault", "fault"),
    ("acknowledged", "writes acknowledged"),
    ("readers", "readers"),
    ("frames", "frames"),
    ("lost", "lost"),
    ("duplicated", "duplicated"),
    ("lingering", "removed, still shown"),
    ("slowest", "slowest catching up"),
)


@dataclass(slots=True)
class Verdict:
    """One line of the table."""

    fault: str
    acknowledged: int = 0
    readers: int = 0
    frames: int = 0
    lost: int = 0
    """How often, over all readers, something acknowledged is not shown, or an older version."""
    duplicated: int = 0
    lingering: int = 0
    """How often something removed is still shown."""
    different: int = 0
    """How many pages differ from a fresh load."""
    backward: int = 0
    """How often a page's cursor moved back in the log."""
    slowest: float = 0.0
    """Seconds from a change, or from the end of the fault, to its being on the last page."""

    @property
    def is_clean(self) -> bool:
        return not (
            self.lost or self.duplicated or self.lingering or self.different or self.backward
        )

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self)


def table(rows: Iterable[dict[str, Any]]) -> str:
    """The verdicts as a table in Markdown, ordered by the faults' numbers."""

    def number(row: dict[str, Any]) -> tuple[int, str]:
        digits = row["fault"].partition(".")[0]
        return (int(digits) if digits.isdigit() else 99, row["fault"])

    lines = [[title for _, title in COLUMNS]]
    for row in sorted(rows, key=number):
        lines.append(
            [
                f"{row[name]:.1f} s"
                if name == "slowest"
                else f"{row[name]:,}"
                if isinstance(row[name], int)
                else row[name]
                for name, _ in COLUMNS
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]

    def drawn(line: list[str]) -> str:
        first, *others = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return "\n".join([drawn(lines[0]), rule, *map(drawn, lines[1:])])


class Fresh:
    """A fresh load: whole lists, and single posts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lists: dict[str, dict[str, str]] = {}
        self._rooms: dict[str, Sheet] = {}
        self._down_to: dict[str, float] = {}
        self._older: dict[str, str | None] = {}

    async def list(self, path: str, down_to: float) -> dict[str, str]:
        """The posts of a list down to that number: id and HTML, over as many pages as it takes."""
        shown = self._lists.setdefault(path, {})
        while self._older.get(path, path) and self._down_to.get(path, 1e18) > down_to:
            _, text = await fetch(self._site.pick(), self._older.get(path) or path)
            sheet = Sheet.of(text)
            shown |= sheet.posts
            self._down_to[path] = sheet.end
            links = html.fromstring(text).xpath("//a[@rel='next']/@href")
            self._older[path] = urljoin(path, links[0]) if links else None
        return shown

    async def room(self, path: str) -> Sheet:
        """A page that is no list."""
        if path not in self._rooms:
            _, text = await fetch(self._site.pick(), path)
            self._rooms[path] = Sheet.of(text)
        return self._rooms[path]


def is_list(path: str) -> bool:
    return not path.startswith("/posts/")


async def agrees(follower: Follower, fresh: Fresh) -> bool:
    """Whether the page says what a fresh load does, within the window that it shows."""
    sheet = follower.sheet
    if not is_list(follower.path):
        now = await fresh.room(follower.path)
        # A page that is open goes on showing what has become older than a fresh load's latest.
        latest = sheet.comments[-len(now.comments) :] if now.comments else sheet.comments
        return sheet.room == now.room and latest == now.comments
    everything = await fresh.list(follower.path, sheet.end)
    expected = [(id, text) for id, text in everything.items() if number_of(id) > sheet.end]
    return list(sheet.posts.items()) == expected


async def settle(site: Site, followers: list[Follower], within: float) -> Fresh:
    """Wait until these pages say what a fresh load does, or the time (seconds) is over."""
    deadline = time.monotonic() + within
    fresh = Fresh(site)
    waiting = list(followers)
    while True:
        known: dict[tuple[int, str], bool] = {}
        still = []
        for follower in waiting:
            key = (id(follower.sheet), follower.path)
            if key not in known:
                known[key] = await agrees(follower, fresh)
            if not known[key]:
                still.append(follower)
        waiting = still
        if not waiting or time.monotonic() > deadline:
            return fresh
        await asyncio.sleep(0.1)


async def judge(
    site: Site, crowd: Crowd, fresh: Fresh, written: list[Written], verdict: Verdict, over: float
) -> None:
    """Count into `verdict` what is wrong with the pages; `over` is when the fault ended."""
    numbers: dict[str, int] = {}
    for path in {follower.path for follower in crowd.followers if is_list(follower.path)}:
        window = min(each.window for each in crowd.followers if each.path == path)
        for post_id, text in (await fresh.list(path, window)).items():
            for signed in TOKEN.finditer(text):
                numbers[signed[1]] = number_of(post_id)
    verdict.readers += len(crowd)
    known: dict[tuple[int, str], Wrongs] = {}
    for follower in crowd.followers:
        verdict.frames += follower.frames
        verdict.backward += follower.backward
        key = (id(follower.sheet), follower.path)
        if key not in known:
            known[key] = await wrongs(follower, fresh, written, numbers)
        verdict.lost += known[key].lost
        verdict.duplicated += known[key].duplicated
        verdict.lingering += known[key].lingering
        verdict.different += known[key].different
    verdict.slowest = max(verdict.slowest, slowest(site.log(), crowd.followers, over))


class Wrongs(NamedTuple):
    """What is wrong with one page."""

    lost: int
    duplicated: int
    lingering: int
    different: bool


async def wrongs(
    follower: Follower, fresh: Fresh, written: list[Written], numbers: dict[str, int]
) -> Wrongs:
    """Compare a page with what was acknowledged; `numbers` are the posts' by their signatures."""
    sheet = follower.sheet
    lost = lingering = 0
    for each in written:
        if each.page != follower.path:
            continue
        shown = sheet.tokens.get(each.token, GONE)
        if shown in each.may_be:
            continue
        if each.is_removed:
            lingering += 1
        # A page that was reset shows the newest only.
        elif shown != GONE or numbers.get(each.token, 1e18) > sheet.end:
            lost += 1
    return Wrongs(lost, len(sheet.repeated), lingering, not await agrees(follower, fresh))


def slowest(log: list[Change], followers: Iterable[Follower], over: float) -> float:
    """Seconds that the slowest reader took to have a change, since it was recorded.

    For what happened before the fault's end, since that (`over`; 0 for faults that excuse nothing).
    """
    words = {change.seq: change.word for change in log}
    most = 0.0
    for follower in followers:
        moves = [(at, p.seq) for at, p in follower.moves if words.get(p.seq) == p.word]
        # A page that went to another history and came back counts from that history.
        reached = [seq for _, seq in moves]
        if reached != sorted(reached):
            moves = moves[reached.index(max(reached)) :]
            reached = [seq for _, seq in moves]
        for change in log:
            if change.at <= follower.opened or not concerns(change, follower):
                continue
            place = bisect_left(reached, change.seq)
            if place < len(moves):
                most = max(most, moves[place][0] - max(change.at, over))
    return most


def concerns(change: Change, follower: Follower) -> bool:
    """Return whether the page gets this change."""
    if is_list(follower.path):
        return change.kind not in ONLY_IN_ROOMS
    return follower.path == f"/posts/{change.post_id}/"
