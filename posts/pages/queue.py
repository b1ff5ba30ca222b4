"""The queue of moderators: what has open reports, with the reports."""

from dataclasses import dataclass, field
from typing import Any

from posts.models import Report
from posts.pages.pagination import Page, cut_page

QUEUE_SIZE = 20

MOST_REPORTS = 5
"""Reports that are shown of each thing; its page has the others."""


@dataclass(slots=True)
class Reported:
    """Something that was reported, and the latest reports of it."""

    pk: int
    """Of the latest report: the key of a page."""
    count: int
    reports: list[Report] = field(default_factory=list)

    @property
    def last(self) -> Report:
        return self.reports[0]

    @property
    def more(self) -> int:
        return self.count - len(self.reports)


def read_queue(before: int | None = None) -> Page[Reported]:
    """Read a page of what has open reports, the last reported first. Two queries."""
    targets = Report.objects.open_targets()
    if before is not None:
        targets = targets.filter(latest__lt=before)
    rows: list[Any] = list(targets[: QUEUE_SIZE + 1])
    found = {row["target"]: Reported(row["latest"], row["count"]) for row in rows}
    details = ("reporter", "person", "post", "comment__post")
    reports = Report.objects.open().filter(target__in=found).select_related(*details)
    for report in reports.newest_first()[: 50 * QUEUE_SIZE]:
        reported = found[report.target]
        if len(reported.reports) < MOST_REPORTS:
            reported.reports.append(report)
    # One may have been closed in between.
    shown = [each for each in found.values() if each.reports]
    return cut_page(shown, QUEUE_SIZE, before)
