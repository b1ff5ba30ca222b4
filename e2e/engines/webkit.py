"""WebKit: WebKitGTK's MiniBrowser on a virtual screen, through Selenium."""

import itertools
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    JavascriptException,
    NoSuchFrameException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import ActionChains
from selenium.webdriver.common.actions.mouse_button import MouseButton
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from selenium.webdriver.webkitgtk.webdriver import WebDriver

from e2e.engines.driver import KEYS, Engine, PageGone, Tab
from e2e.engines.scripts import as_json, from_json
from e2e.processes import Process, ServiceMissing
from e2e.programs import WebKit as Programs
from e2e.programs import find_webkit

# GTK's toolbar would not let a window be narrower than 447 px.
TINY_TOOLBAR = "* { min-width: 0; min-height: 0; padding: 0; margin: 0; border: 0; font-size: 1px }"


# MiniBrowser does not print its console while it is driven. So each page keeps its complaints, from
# our first script on it; it also keeps the policy violations before that.
LISTEN = """() => {
    if (window.complaints) return;
    window.complaints = [];
    const note = text => window.complaints.push(`${text} (${location.pathname})`);
    const print = console.error;
    console.error = (...words) => { note(words.join(" ")); print(...words); };
    addEventListener("error", event => note(event.message));
    addEventListener("unhandledrejection", event => note(event.reason));
    const violation = ({effectiveDirective, blockedURI, blockedURL}) => note(
        `Content Security Policy: ${effectiveDirective} blocks ${blockedURI ?? blockedURL}`);
    addEventListener("securitypolicyviolation", violation);
    new ReportingObserver(
        reports => reports.forEach(({body}) => violation(body)),
        {types: ["csp-violation"], buffered: true},
    ).observe();
}"""


class Screen(Process):
    """An X server that draws into memory, on the first display that is free.

    Without a window manager the window under the pointer has the keyboard: the pointer is in the
    middle of the screen, and the last window that was opened covers it.
    """

    name = "Xvfb"

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__(folder / "xvfb.log", cwd=folder)
        self.program = program

    def command(self) -> list[str]:
        # 1: it writes the number of the display to its output.
        return [
            *(self.program, "-displayfd", "1", "-screen", "0", "300x300x24"),
            *("-nolisten", "tcp", "-noreset"),
        ]

    @property
    def display(self) -> str:
        numbers = [line for line in self.log.read_text().split("\n")[:-1] if line.isdigit()]
        return f":{numbers[0]}" if numbers else ""

    def is_ready(self) -> bool:
        return bool(self.display)


class WebKitTab(Tab):
    def __init__(self, base_url: str, session: "Session", handle: str) -> None:
        super().__init__(base_url)
        self.session = session
        self.handle = handle
        self.errors: list[str] = []

    @property
    def driver(self) -> WebDriver:
        """The session's driver, turned to this tab."""
        driver = self.session.driver
        if self.session.current != self.handle:
            driver.switch_to.window(self.handle)
            self.session.current = self.handle
        return driver

    def _open(self, url: str) -> None:
        self.driver.get(url)
        self.evaluate("() => 1")

    def _evaluate(self, function: str, arguments: list[Any]) -> Any:
        script = (
            f"({LISTEN})(); const result = ({as_json(function)})(arguments[0]);"
            " return [result, window.complaints.splice(0)]"
        )
        try:
            result, complaints = self.driver.execute_script(script, json.dumps(arguments))
        except (NoSuchFrameException, StaleElementReferenceException) as error:
            raise PageGone from error
        except JavascriptException as error:
            if "navigat" in str(error).lower():
                raise PageGone from error
            raise
        self.errors += complaints
        return from_json(result)

    def _click_at(self, x: int, y: int) -> None:
        actions = ActionChains(self.driver, duration=0)
        actions.w3c_actions.pointer_action.move_to_location(x, y)
        actions.w3c_actions.pointer_action.pointer_down(button=MouseButton.LEFT)
        actions.w3c_actions.pointer_action.pointer_up(button=MouseButton.LEFT)
        actions.perform()

    def type(self, text: str) -> None:
        ActionChains(self.driver, duration=0).send_keys(text).perform()

    def press(self, key: str) -> None:
        self.type(KEYS[key])

    def resize(self, width: int, height: int) -> None:
        # The window's size; a toolbar takes some of it.
        toolbar = self.driver.get_window_size()["height"] - self.evaluate("() => innerHeight")
        self.driver.set_window_rect(width=width, height=height + toolbar)
        self.wait_until(lambda: self.width == width, f"a window of {width} px")

    def _back(self) -> None:
        self.driver.back()

    def _forward(self) -> None:
        self.driver.forward()

    def reload(self) -> None:
        self.driver.refresh()

    def screenshot(self, path: Path) -> None:
        path.write_bytes(self.driver.get_screenshot_as_png())

    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        # Only for the site that is open.
        if not self.url.startswith(self.base_url):
            self.open("/healthz/")
        for name, value in cookies.items():
            self.driver.add_cookie({"name": name, "value": value, "path": "/"})

    def second_tab(self) -> "WebKitTab":
        width, height = self.evaluate("() => [innerWidth, innerHeight]")
        self.driver.switch_to.new_window("window")
        self.session.current = self.session.driver.current_window_handle
        tab = WebKitTab(self.base_url, self.session, self.session.current)
        tab.resize(width, height)
        return tab

    def console_errors(self) -> list[str]:
        self.wait_for_a_frame()
        return self.errors

    def close(self) -> None:
        if len(self.session.driver.window_handles) == 1:
            self.session.release(self)
        else:
            self.driver.close()
            self.session.current = None


class Session:
    """A MiniBrowser of one visitor at a time: it keeps nothing; a driver can have only one."""

    def __init__(
        self, programs: Programs, folder: Path, idle: list["Session"], *, dark: bool
    ) -> None:
        """Start one, with what it keeps meanwhile in `folder`; it goes to `idle` when released."""
        self._stack = ExitStack()
        self._idle = idle
        (folder / "config" / "gtk-3.0").mkdir(parents=True)
        (folder / "config" / "gtk-3.0" / "gtk.css").write_text(TINY_TOOLBAR)
        screen = Screen(folder, programs.screen)
        self._stack.callback(screen.close)
        screen.start()
        env = {
            **os.environ,
            "DISPLAY": screen.display,
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        options = Options()
        options.binary_location = programs.browser
        for argument in ("--automation", *(["--dark-mode"] if dark else [])):
            options.add_argument(argument)
        self.driver = WebDriver(options=options, service=Service(programs.driver, env=env))
        self._stack.callback(self.driver.quit)
        self.current: str | None = self.driver.current_window_handle

    def release(self, tab: WebKitTab) -> None:
        """Clear the visitor's data and reuse the browser: a start takes seconds."""
        try:
            if not tab.url.startswith(tab.base_url):
                tab.open("/healthz/")
            self.driver.delete_all_cookies()
            tab.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
            self.driver.get("about:blank")
        except (WebDriverException, PageGone):
            self.close()
        else:
            self._idle.append(self)

    def close(self) -> None:
        self._stack.close()


class WebKit(Engine):
    name = "webkit"

    def __init__(self, *, dark: bool = False) -> None:
        found = find_webkit()
        if found is None:
            raise ServiceMissing("WebKit (MiniBrowser, WebKitWebDriver and Xvfb) is not installed")
        self._programs = found
        self._dark = dark
        self._stack = ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="bookshelf-webkit-", ignore_cleanup_errors=True)
        self._folder = Path(self._stack.enter_context(folder))
        self._numbers = itertools.count(1)
        self._idle: list[Session] = []

    def new_tab(self, base_url: str, *, width: int = 1280, height: int = 800) -> WebKitTab:
        session = self._idle.pop() if self._idle else self._start()
        tab = WebKitTab(base_url, session, session.current or "")
        tab.resize(width, height)
        return tab

    def _start(self) -> Session:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        session = Session(self._programs, folder, self._idle, dark=self._dark)
        self._stack.callback(session.close)
        return session

    def close(self) -> None:
        self._stack.close()
