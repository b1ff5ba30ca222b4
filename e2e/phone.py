"""Load a page as a phone on a slow network does, and say what it took.

    python -m e2e.phone --url http://127.0.0.1:8000/ [--times 5]

The network and the processor are those that Lighthouse takes for a phone: 150 ms for a round trip,
1.6 Mbit/s, a quarter of this machine's speed. The browser's cache is empty.
"""

import argparse
import statistics
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from playwright.sync_api import Browser, Page, sync_playwright

from e2e.programs import CHROMIUM_ARGUMENTS, find_chromium

PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
    "has_touch": True,
}
ROUND_TRIP = 150
BYTES_PER_SECOND = 1_600_000 / 8
SLOWER = 4

# Runs before anything of the page, and is not the page's: the policy does not concern it.
OBSERVE = """
window.seen = {shift: 0, shifted: [], largest: 0, what: ""};
const name = node => node && node.nodeType === 1 && node.tagName.toLowerCase()
    + (node.id && "#" + node.id) + [...node.classList].map(each => "." + each).join("");
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (entry.hadRecentInput) return;
    seen.shift += entry.value;
    seen.shifted.push(...entry.sources.map(source => name(source.node) || "text"));
})).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    seen.largest = entry.startTime;
    seen.what = name(entry.element) || "";
})).observe({type: "largest-contentful-paint", buffered: true});
"""


class Load:
    """A page that is being looked at: what was sent for it, when it was painted, what moved."""

    def __init__(self, page: Page, *, slow: bool) -> None:
        """Take an empty page. `slow`: on a phone's network and processor."""
        self.page = page
        self.bytes: Counter[str] = Counter()
        """What was sent, with its headers, by address."""
        self.kinds: dict[str, str] = {}
        """The browser's word for what each address is: Document, Stylesheet, Script, Image, …"""
        self._addresses: dict[str, str] = {}
        page.add_init_script(OBSERVE)
        browser = page.context.new_cdp_session(page)
        browser.on("Network.responseReceived", self._received)
        browser.on("Network.loadingFinished", self._finished)
        browser.send("Network.enable")
        browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
        if slow:
            network = {"offline": False, "latency": ROUND_TRIP}
            speed = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
            browser.send("Network.emulateNetworkConditions", network | speed)
            browser.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def _received(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["response"]["url"]
        self.kinds[event["response"]["url"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        if address := self._addresses.get(event["requestId"]):
            self.bytes[address] += int(event["encodedDataLength"])

    def opens(self, url: str) -> Self:
        self.page.goto(url)
        self.page.wait_for_load_state("networkidle")
        return self

    @property
    def shift(self) -> float:
        """How much has moved that nobody has touched (CLS, without its windows)."""
        return float(self.page.evaluate("seen.shift"))

    @property
    def shifted(self) -> list[str]:
        """What has moved."""
        return list(self.page.evaluate("seen.shifted"))

    @property
    def first_paint(self) -> float:
        """Milliseconds to the first words (FCP)."""
        name = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        return float(self.page.evaluate(name))

    @property
    def largest_paint(self) -> tuple[float, str]:
        """Milliseconds to the largest element, up to now, and which one that is (LCP)."""
        return self.page.evaluate("seen.largest"), self.page.evaluate("seen.what")

    def bytes_by_kind(self) -> Counter[str]:
        """What was sent, by kind; pictures of covers and readers are of a kind of their own."""
        kinds: Counter[str] = Counter()
        for address, number in self.bytes.items():
            kinds["Covers" if "/media/" in address else self.kinds[address]] += number
        return kinds


@contextmanager
def phone(browser: Browser, *, slow: bool, **context: Any) -> Iterator[Load]:
    """Have a phone with an empty cache."""
    with_cookies = browser.new_context(**PHONE, **context)
    try:
        yield Load(with_cookies.new_page(), slow=slow)
    finally:
        with_cookies.close()


def main() -> None:
    """Print what a page takes."""
    parser = argparse.ArgumentParser(prog="python -m e2e.phone", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
        )
        firsts, largests, shifts = [], [], []
        for _ in range(options.times):
            with phone(browser, slow=True) as load:
                load.opens(options.url)
                firsts.append(load.first_paint)
                largests.append(load.largest_paint)
                shifts.append((load.shift, load.shifted))
                kinds, number = load.bytes_by_kind(), len(load.bytes)
    for kind, size in kinds.most_common():
        print(f"{kind:<12} {size:>8,} bytes")
    without_covers = sum(kinds.values()) - kinds["Covers"]
    print(f"{'without covers':<12} {without_covers:,} bytes, {number} requests with them")
    print(f"first paint {statistics.median(firsts):,.0f} ms ({min(firsts):.0f}–{max(firsts):.0f})")
    times = [time for time, _ in largests]
    print(f"largest     {statistics.median(times):,.0f} ms ({min(times):.0f}–{max(times):.0f})")
    print(f"            {largests[-1][1]}")
    print(f"moved       {max(shifts)[0]:.4f} {max(shifts)[1]}")


if __name__ == "__main__":
    main()
