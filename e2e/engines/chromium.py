"""Chromium, through Playwright."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from e2e.engines.driver import Engine, PageGone, Tab
from e2e.processes import ServiceMissing
from e2e.programs import CHROMIUM_ARGUMENTS, find_chromium


class ChromiumTab(Tab):
    def __init__(self, base_url: str, context: BrowserContext) -> None:
        super().__init__(base_url)
        self.context = context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _open(self, url: str) -> None:
        self.page.goto(url)

    def _evaluate(self, function: str, arguments: list[Any]) -> Any:
        try:
            return self.page.evaluate(f"values => ({function})(...values)", arguments)
        except Error as error:
            if "Execution context was destroyed" in error.message:
                raise PageGone from error
            raise

    def _click_at(self, x: int, y: int) -> None:
        self.page.mouse.click(x, y)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def _back(self) -> None:
        self.page.go_back()

    def _forward(self) -> None:
        self.page.go_forward()

    def reload(self) -> None:
        self.page.reload()

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=path)

    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        each = [{"name": k, "value": v, "url": self.base_url} for k, v in cookies.items()]
        self.context.add_cookies(each)

    def second_tab(self) -> "ChromiumTab":
        return ChromiumTab(self.base_url, self.context)

    def console_errors(self) -> list[str]:
        # Playwright delivers events while it handles a command.
        self.page.evaluate("() => 1")
        return self.errors

    def close(self) -> None:
        self.page.close()
        if not self.context.pages:
            self.context.close()


class Chromium(Engine):
    name = "chromium"

    def __init__(self, *, dark: bool = False) -> None:
        path = find_chromium()
        if path is None:
            raise ServiceMissing("Chromium is not installed")
        self._stack = ExitStack()
        playwright = self._stack.enter_context(sync_playwright())
        self._browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        self._scheme = "dark" if dark else "light"

    def new_tab(self, base_url: str, *, width: int = 1280, height: int = 800) -> ChromiumTab:
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=self._scheme
        )
        return ChromiumTab(base_url, context)

    def close(self) -> None:
        self._browser.close()
        self._stack.close()
