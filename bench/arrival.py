"""How long a post takes from the author's click to another browser's page.

    python -m bench.arrival [POSTS]

Starts a server of its own on loopback, opens a reader's and an author's Chromium, posts 20 books
(or POSTS, at most 200) through the form, and prints the median and the slowest, in milliseconds.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from e2e.conftest import Visitor
from e2e.server import daphne_server
from e2e.services import CHROMIUM_ARGUMENTS, find_chromium

# When the article comes into the page, by the clock of the machine that both browsers share.
WATCH = """title => window.arrival = new Promise(resolve => {
    new MutationObserver((_, observer) => {
        if ([...document.querySelectorAll("#posts h2")].some(h => h.innerText === title)) {
            observer.disconnect();
            resolve(Date.now());
        }
    }).observe(document.getElementById("posts"), {childList: true});
})"""
CLICK = "button => { const now = Date.now(); button.click(); return now; }"


def measure(count: int) -> list[int]:
    """Return the milliseconds from click to arrival of `count` posts."""
    took = []
    with (
        tempfile.TemporaryDirectory() as folder,
        daphne_server(Path(folder), env={"DEBUG": "1"}) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
        )
        reader = Visitor(browser, server.url).reads()
        author = Visitor(browser, server.url).signs_up("author")
        for number in range(count):
            title = f"Post number {number}"
            author.goes_to("/posts/new/")
            author.fills(title)
            reader.page.evaluate(f"title => {{ ({WATCH})(title); }}", title)
            button = author.page.get_by_role("button", name="Post it")
            clicked = button.evaluate(CLICK)
            took.append(reader.page.evaluate("window.arrival") - clicked)
    return took


if __name__ == "__main__":
    posts = min(int(sys.argv[1]) if len(sys.argv) > 1 else 20, 200)
    times = measure(posts)
    print(f"{posts} posts: median {statistics.median(times):.0f} ms, slowest {max(times)} ms")
