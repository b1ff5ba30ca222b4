"""What the stories of all three engines use: one tab, whichever browser it belongs to.

An engine fills in the few steps that each browser takes in its own way. Everything else is asked
of the page itself, so that a story means the same in each of them.

`selector` is a CSS selector; `text` narrows it to the elements that contain these words.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

from e2e.engines.scripts import BOX, FIND, HIDE, MIDDLE, TRAVERSING

T = TypeVar("T")


class PageGone(Exception):
    """The page was left while a script ran on it."""


class Tab(ABC):
    """One tab, with the cookies of its visitor."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    # --- What each engine does in its own way

    @abstractmethod
    def _open(self, url: str) -> None:
        """Go to an absolute address and return once the page is loaded."""

    @abstractmethod
    def _evaluate(self, function: str, arguments: list[Any]) -> Any:
        """Call a JavaScript function and return its result, or raise PageGone."""

    @abstractmethod
    def _click_at(self, x: int, y: int) -> None:
        """Press and release the mouse at a point of the viewport."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type into whatever has the focus."""

    @abstractmethod
    def press(self, key: str) -> None:
        """Press one key, such as "Enter", "Tab" or "Home" (see KEYS)."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the viewport a width and, about, a height in CSS pixels."""

    @abstractmethod
    def _back(self) -> None:
        """Go back in the history, as its button does."""

    @abstractmethod
    def _forward(self) -> None:
        """Go forward in the history, as its button does."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again, as its button does."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Write a PNG of the viewport."""

    @abstractmethod
    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        """Give the visitor these cookies of the site."""

    @abstractmethod
    def second_tab(self) -> "Tab":
        """Return another tab of the same visitor, in sight as well."""

    @abstractmethod
    def console_errors(self) -> list[str]:
        """Return what the console has noted as an error, and every violation of the CSP."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab; the last one of a visitor takes its cookies along."""

    # --- What people do

    def open(self, path: str) -> Self:
        self._open(urljoin(self.base_url + "/", path))
        return self

    def click(self, selector: str, text: str | None = None) -> None:
        """Click in the middle of the first visible element, once it rests and nothing covers it."""
        spot = self.wait_until(lambda: self._resting(selector, text), f"{selector} {text}")
        self._click_at(spot["x"], spot["y"])

    def _resting(self, selector: str, text: str | None) -> dict[str, int] | None:
        # Firefox scrolls to what was typed a moment after that.
        spot = self._look(MIDDLE, selector, text)
        if spot is not None:
            self.wait_for_a_frame()
        return spot if spot == self._look(MIDDLE, selector, text) else None

    def fill(self, selector: str, text: str) -> None:
        """Click into a field, replace what it holds, and type."""
        self.click(selector)
        self.wait_until(lambda: self.has_focus(selector), f"focus in {selector}")
        self.evaluate("selector => document.querySelector(selector).select()", selector)
        self.type(text)

    def scroll_to(self, y: float) -> None:
        """Scroll to `y`; return once the page has reached it, or its end."""
        self.evaluate("y => scrollTo({top: y, behavior: 'instant'})", y)
        self.wait_for_a_frame()

    def back(self) -> None:
        """Go back in the history, as the button does, and return once the page knows."""
        self._traverse(self._back)

    def forward(self) -> None:
        """Go forward in the history, as the button does, and return once the page knows."""
        self._traverse(self._forward)

    def _traverse(self, go: Callable[[], None]) -> None:
        # It may lead within this document, or to another one, which knows no `traversed`.
        self.evaluate(TRAVERSING)
        go()
        self.wait_until(lambda: self.evaluate("() => window.traversed !== false"), "the history")

    def hide(self) -> None:
        """Put the tab into the background, as far as the page can tell."""
        self.evaluate(HIDE, True)

    def show(self) -> None:
        self.evaluate(HIDE, False)

    # --- What the page says

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function with JSON values; return its result (JSON, no promise)."""
        return self._evaluate(function, list(arguments))

    def _look(self, function: str, selector: str, text: str | None) -> Any:
        return self.evaluate(
            f"(selector, text) => {{ {FIND} return ({function})(selector, text); }}", selector, text
        )

    def count(self, selector: str, text: str | None = None) -> int:
        return self._look("(selector, text) => find(selector, text).length", selector, text)

    def is_visible(self, selector: str, text: str | None = None) -> bool:
        """Return whether one of the elements is drawn, though perhaps not in the viewport."""
        return self._look("(selector, text) => find(selector, text).some(visible)", selector, text)

    def is_in_view(self, selector: str, text: str | None = None) -> bool:
        """Return whether the element lies in the viewport, wholly or in part."""
        box = self.box(selector, text)
        height = self.evaluate("() => innerHeight")
        return bool(box) and box["y"] < height and box["y"] + box["height"] > 0

    def text(self, selector: str) -> str:
        """Return what the first element shows, "" without one."""
        return self.evaluate("s => document.querySelector(s)?.innerText.trim() ?? ''", selector)

    def texts(self, selector: str) -> list[str]:
        return self.evaluate(
            "s => [...document.querySelectorAll(s)].map(each => each.innerText.trim())", selector
        )

    def value(self, selector: str) -> str:
        return self.evaluate("s => document.querySelector(s)?.value ?? ''", selector)

    def attribute(self, selector: str, name: str) -> str | None:
        return self.evaluate(
            "(s, name) => document.querySelector(s)?.getAttribute(name) ?? null", selector, name
        )

    def style(self, selector: str, name: str, pseudo: str | None = None) -> str:
        """Return a computed property, also of a pseudo-element such as "::before"."""
        return self.evaluate(
            "(s, name, pseudo) => getComputedStyle(document.querySelector(s), pseudo)[name]",
            *(selector, name, pseudo),
        )

    def has_focus(self, selector: str) -> bool:
        return self.evaluate("s => !!document.activeElement?.matches(s)", selector)

    def box(self, selector: str, text: str | None = None) -> dict[str, float] | None:
        """Return x, y, width and height in the viewport, None without such an element."""
        return self._look(BOX, selector, text)

    def top(self, selector: str, text: str | None = None) -> float:
        """Return how far below the top of the viewport the element begins, in CSS pixels."""
        box = self.box(selector, text)
        assert box is not None, f"no {selector} {text or ''} on {self.url}"
        return box["y"]

    @property
    def url(self) -> str:
        return self.evaluate("() => location.href")

    @property
    def scroll_y(self) -> float:
        return self.evaluate("() => scrollY")

    @property
    def width(self) -> int:
        return self.evaluate("() => innerWidth")

    # --- Waiting for a state, never for a time

    def wait_until(self, condition: Callable[[], T], what: str = "", timeout: float = 15) -> T:
        """Return the first true result of `condition`; fail after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            result = None
            with suppress(PageGone):
                result = condition()
            if result:
                return result
            assert time.monotonic() < deadline, f"not within {timeout:g} s: {what} (it is {result})"
            time.sleep(0.03)

    def wait_for_a_frame(self) -> None:
        """Return once what was last changed has been laid out and drawn."""
        self.evaluate(
            "() => { window.frameDrawn = false; requestAnimationFrame(() =>"
            " requestAnimationFrame(() => { window.frameDrawn = true; })); }"
        )
        # A page that has come meanwhile knows nothing of it.
        self.wait_until(lambda: self.evaluate("() => window.frameDrawn !== false"), "a frame")

    def sees(self, selector: str, text: str | None = None) -> None:
        self.wait_until(lambda: self.is_visible(selector, text), f"to see {selector} {text or ''}")

    def misses(self, selector: str, text: str | None = None) -> None:
        self.wait_until(lambda: not self.is_visible(selector, text), f"no {selector} {text or ''}")

    def is_live(self) -> Self:
        """Wait for the socket to be open and the page to be up to date."""
        self.wait_until(lambda: "live" in self.text("#conn"), "live", timeout=30)
        return self

    def is_at(self, part: str) -> None:
        """Wait for an address that contains `part`."""
        self.wait_until(lambda: part in self.url, f"to be at {part}")

    def mark(self) -> None:
        """Remember this document: `was_not_reloaded` tells whether it is still the same."""
        self.evaluate("() => { window.neverReloaded = true; }")

    def was_not_reloaded(self) -> bool:
        return self.evaluate("() => window.neverReloaded === true")


class Engine(ABC):
    """A browser that runs."""

    name: str

    @abstractmethod
    def new_tab(self, base_url: str, *, width: int = 1280, height: int = 800) -> Tab:
        """Return a tab of a new visitor, who has no cookies yet."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


# Keys as WebDriver and BiDi write them: https://www.w3.org/TR/webdriver2/#keyboard-actions
KEYS = {
    "Backspace": "\ue003",
    "Space": " ",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Escape": "\ue00c",
    "PageUp": "\ue00e",
    "PageDown": "\ue00f",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowUp": "\ue013",
    "ArrowDown": "\ue015",
}
