"""Pages that Django has drawn in the test's own process, in a browser: for what a page looks like.

Without a server and without scripts, so that a walk over all pages takes a minute.
"""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, BrowserContext, Page, Route

SITE = "http://bookshelf.test"


class Easel:
    """A browser's page on which pages are put."""

    def __init__(self, context: BrowserContext) -> None:
        self.html = ""
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()

    def shows(self, html: str, path: str = "/") -> Page:
        self.html = html
        self.page.goto(SITE + path)
        return self.page

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.is_navigation_request():
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        elif path.endswith(".js"):
            route.fulfill(body="", content_type="text/javascript")
        elif file := finders.find(path.removeprefix("/static/")):
            route.fulfill(path=file, content_type=mimetypes.guess_type(path)[0])
        else:
            route.fulfill(status=404)


@contextmanager
def easel(browser: Browser, **context) -> Iterator[Easel]:
    """Lend an easel; `context` is Playwright's, such as the viewport."""
    opened = browser.new_context(**context)
    try:
        yield Easel(opened)
    finally:
        opened.close()
