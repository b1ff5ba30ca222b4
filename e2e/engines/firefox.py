"""Firefox, through WebDriver BiDi, which it speaks by itself: https://w3c.github.io/webdriver-bidi/"""

import base64
import itertools
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from e2e.engines.driver import KEYS, Engine, PageGone, Tab
from e2e.engines.scripts import as_json, from_json
from e2e.processes import Process, ServiceMissing, free_port
from e2e.programs import find_firefox

PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    # Each window takes itself for the one in front.
    "focusmanager.testmode": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
    # As on a phone and a Mac, and as the other two have them here: they take no room.
    "ui.useOverlayScrollbars": 1,
}

GONE = {"no such frame", "no such node", "no such handle"}


class BidiError(RuntimeError):
    """Firefox refused a command; `code` is the specification's."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        super().__init__(f"{message['error']}: {message.get('message')}")
        self.code = message["error"]


class FirefoxProcess(Process):
    """A Firefox without a screen, on a profile of its own, and a connection to it."""

    name = "Firefox"

    def __init__(self, folder: Path, *, dark: bool) -> None:
        env = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
        super().__init__(folder / "firefox.log", env=env, cwd=folder)
        self.port = free_port()
        self.profile = folder / "profile"
        self.profile.mkdir()
        scheme = {"layout.css.prefers-color-scheme.content-override": 0 if dark else 1}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in {**PREFERENCES, **scheme}.items()
        ]
        (self.profile / "user.js").write_text("\n".join(lines))
        self.stack = ExitStack()
        self.socket: ClientConnection | None = None

    def command(self) -> list[str]:
        return [
            *(find_firefox(), "--headless", "--no-remote", "--profile", str(self.profile)),
            *("--remote-debugging-port", str(self.port)),
        ]

    def is_ready(self) -> bool:
        try:
            self.socket = self.stack.enter_context(
                connect(f"ws://127.0.0.1:{self.port}/session", max_size=None, compression=None)
            )
        except (OSError, WebSocketException):
            return False
        return True

    def close(self) -> None:
        self.stack.close()
        super().close()


class FirefoxTab(Tab):
    def __init__(self, base_url: str, firefox: "Firefox", user: str, context: str) -> None:
        super().__init__(base_url)
        self.firefox = firefox
        self.user = user
        self.context = context

    def _open(self, url: str) -> None:
        self._call("browsingContext.navigate", url=url, wait="complete")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.firefox.call(method, context=self.context, **parameters)

    def _evaluate(self, function: str, arguments: list[Any]) -> Any:
        try:
            answer = self.firefox.call(
                "script.callFunction",
                functionDeclaration=as_json(function),
                arguments=[{"type": "string", "value": json.dumps(arguments)}],
                awaitPromise=False,
                target={"context": self.context},
            )
        except BidiError as error:
            if error.code in GONE or "AbortError" in str(error):
                raise PageGone from error
            raise
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return from_json(answer["result"].get("value"))

    def _act(self, kind: str, actions: list[dict[str, Any]], **parameters: Any) -> None:
        source = {"type": kind, "id": kind, "actions": actions, **parameters}
        self._call("input.performActions", actions=[source])

    def _click_at(self, x: int, y: int) -> None:
        self._act(
            "pointer",
            [
                {"type": "pointerMove", "x": x, "y": y},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ],
            parameters={"pointerType": "mouse"},
        )

    def type(self, text: str) -> None:
        keys = [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]
        self._act("key", keys)

    def press(self, key: str) -> None:
        self.type(KEYS[key])

    def resize(self, width: int, height: int) -> None:
        self._call("browsingContext.setViewport", viewport={"width": width, "height": height})

    def _back(self) -> None:
        self._call("browsingContext.traverseHistory", delta=-1)

    def _forward(self) -> None:
        self._call("browsingContext.traverseHistory", delta=1)

    def reload(self) -> None:
        self._call("browsingContext.reload", wait="complete")

    def screenshot(self, path: Path) -> None:
        image = self._call("browsingContext.captureScreenshot")["data"]
        path.write_bytes(base64.b64decode(image))

    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        for name, value in cookies.items():
            self.firefox.call(
                "storage.setCookie",
                cookie={
                    "name": name,
                    "value": {"type": "string", "value": value},
                    "domain": "127.0.0.1",
                    "path": "/",
                },
                partition={
                    "type": "storageKey",
                    "userContext": self.user,
                    "sourceOrigin": self.base_url,
                },
            )

    def second_tab(self) -> "FirefoxTab":
        width, height = self.evaluate("() => [innerWidth, innerHeight]")
        tab = self.firefox.tab_of(self.user, self.base_url)
        tab.resize(width, height)
        return tab

    def console_errors(self) -> list[str]:
        # Events arrive before the answer to a later command.
        self._evaluate("() => 1", [])
        return self.firefox.errors.get(self.context, [])

    def close(self) -> None:
        self.firefox.close_tab(self)


class Firefox(Engine):
    name = "firefox"

    def __init__(self, *, dark: bool = False) -> None:
        if find_firefox() is None:
            raise ServiceMissing("Firefox is not installed")
        self._stack = ExitStack()
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="bookshelf-firefox-", ignore_cleanup_errors=True)
        )
        self._process = FirefoxProcess(Path(folder), dark=dark)
        self._stack.callback(self._process.close)
        self._numbers: Iterator[int] = itertools.count(1)
        self._tabs: dict[str, int] = {}
        self.errors: dict[str, list[str]] = {}
        self._process.start()
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result. Raises BidiError when it is refused."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._process.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._process.socket.recv(timeout=60))
            if answer.get("method") == "log.entryAdded":
                self._note(answer["params"])
            elif answer.get("id") == number:
                if answer["type"] == "error":
                    raise BidiError(answer)
                return answer["result"]

    def _note(self, entry: Mapping[str, Any]) -> None:
        # A violation is written as an error or as a warning.
        if entry["level"] == "error" or "Content-Security-Policy" in entry["text"]:
            context = entry["source"].get("context")
            self.errors.setdefault(context, []).append(entry["text"])

    def new_tab(self, base_url: str, *, width: int = 1280, height: int = 800) -> FirefoxTab:
        tab = self.tab_of(self.call("browser.createUserContext")["userContext"], base_url)
        tab.resize(width, height)
        return tab

    def tab_of(self, user: str, base_url: str) -> FirefoxTab:
        # A window each: a tab behind another one is hidden.
        context = self.call("browsingContext.create", type="window", userContext=user)["context"]
        self._tabs[user] = self._tabs.get(user, 0) + 1
        return FirefoxTab(base_url, self, user, context)

    def close_tab(self, tab: FirefoxTab) -> None:
        self.call("browsingContext.close", context=tab.context)
        self._tabs[tab.user] -= 1
        if self._tabs[tab.user] == 0:
            self.call("browser.removeUserContext", userContext=tab.user)

    def close(self) -> None:
        self._stack.close()
