"""The JavaScript that asks a page something, the same in each engine."""

import json
from typing import Any

# Put before each function that looks for elements.
FIND = """
const find = (selector, text) => [...document.querySelectorAll(selector)].filter(
    element => text === null || element.textContent.replace(/\\s+/g, " ").includes(text));
const visible = element => element.checkVisibility({visibilityProperty: true})
    && element.getClientRects().length > 0;
"""

# The middle of an element, brought into view if it is not; null while something covers it.
MIDDLE = """(selector, text) => {
    const element = find(selector, text).filter(visible)[0];
    if (!element) return null;
    const middle = () => {
        const box = element.getClientRects()[0];
        return {x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2)};
    };
    const inside = ({x, y}) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
    const hit = ({x, y}) => {
        const top = document.elementFromPoint(x, y);
        return top && (element.contains(top) || top.contains(element));
    };
    if (!inside(middle()) || !hit(middle()))
        element.scrollIntoView({block: "center", behavior: "instant"});
    return inside(middle()) && hit(middle()) ? middle() : null;
}"""

BOX = """(selector, text) => {
    const element = find(selector, text)[0];
    if (!element) return null;
    const {x, y, width, height} = element.getBoundingClientRect();
    return {x, y, width, height};
}"""

TRAVERSING = """() => {
    window.traversed = false;
    for (const name of ["popstate", "pagehide"])
        addEventListener(name, () => { window.traversed = true; }, {once: true});
}"""

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def as_json(function: str) -> str:
    """Return a function that takes its arguments as one JSON text and answers in JSON."""
    return f"json => JSON.stringify(({function})(...JSON.parse(json)) ?? null)"


def from_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
