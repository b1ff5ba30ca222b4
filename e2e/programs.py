"""The programs that tests need beside Python: where they are on this machine, if they are."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from e2e.processes import ServiceError

CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Its sandbox refuses to run as root.
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


def find_chromium() -> str | None:
    """Return the path of a Chromium that runs here, or None.

    First the one that variable CHROMIUM names, then Playwright's own, then the PATH's; of both
    rather the headless shell, which takes half of the CPU. Raises ServiceError when CHROMIUM names
    something that is not one.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        path = shutil.which(chosen)
        if path is None or not runs(path):
            raise ServiceError(f"CHROMIUM={chosen} is not a browser that runs")
        return path
    return find_installed_chromium()


@functools.cache
def find_installed_chromium() -> str | None:
    names = (
        *("chromium-headless-shell", "chromium", "chromium-browser"),
        *("google-chrome", "google-chrome-stable"),
    )
    candidates = [*playwright_chromium(), *map(shutil.which, names)]
    return next((path for path in candidates if path and runs(path)), None)


def playwright_chromium() -> list[str]:
    """Return where Playwright keeps its Chromium, if it has one: the headless shell, the whole."""
    # In a process of its own: Playwright refuses to start inside an event loop, or twice.
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    whole = Path(answer.stdout.strip())
    if answer.returncode != 0 or len(whole.parts) < 3:
        return []
    # …/chromium-1234/chrome-linux/chrome, and beside it …/chromium_headless_shell-1234/…/….
    folder = whole.parents[1]
    shell = folder.with_name(folder.name.replace("chromium", "chromium_headless_shell"))
    names = ("chrome-headless-shell", "headless_shell")
    found = [path for name in names for path in shell.glob(f"*/{name}")]
    return [str(path) for path in (*found, whole) if path.is_file()]


def runs(browser: str) -> bool:
    """Return whether a browser starts: libraries may be missing, or it is Ubuntu's empty shell."""
    try:
        command = [browser, "--version"]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@functools.cache
def find_firefox() -> str | None:
    """Return the path of a Firefox that runs here, or None.

    Raises ServiceError when the variable FIREFOX names something that is not one.
    """
    chosen = os.environ.get("FIREFOX")
    names = (chosen,) if chosen else ("firefox-esr", "firefox")
    found = next((path for path in map(shutil.which, names) if path and runs(path)), None)
    if chosen and found is None:
        raise ServiceError(f"FIREFOX={chosen} is not a browser that runs")
    return found


class WebKit(NamedTuple):
    """What it takes to run WebKit here: paths of programs."""

    driver: str
    browser: str
    screen: str


def find_webkit() -> WebKit | None:
    """Return where WebKitGTK's driver, MiniBrowser and Xvfb are, or None when one is missing."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    places = (
        "usr/lib/*/webkit2gtk-4.*/MiniBrowser",
        "usr/lib*/webkit2gtk-4.*/MiniBrowser",
        "usr/libexec/webkit2gtk-4.*/MiniBrowser",
    )
    browsers = sorted(str(path) for place in places for path in Path("/").glob(place))
    if driver is None or screen is None or not browsers:
        return None
    return WebKit(driver, browsers[-1], screen)


def find_redis() -> str | None:
    """Return the path of a Redis server, or None. Valkey is Redis under its free name."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@functools.cache
def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs, or None."""
    # Debian keeps each version's in a folder of its own, which is not on the PATH.
    folders = [
        folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").exists() and folder.parent.name.isdigit()
    ]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    program = shutil.which("initdb")
    return None if program is None else Path(program).resolve().parent


def find_nginx() -> str | None:
    """Return the path of nginx, or None. It is in a folder that only root's PATH has."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def find_npm() -> str | None:
    """Return the path of npm, or None."""
    return shutil.which("npm")


def find_faketime() -> str | None:
    """Return the path of the library that gives a process a clock of its own, or None."""
    places = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
    for place in places:
        for found in Path("/").glob(f"{place[1:]}/libfaketimeMT.so.1"):
            return str(found)
    return None


def missing() -> list[str]:
    """Return which of these programs are not installed."""
    found = {
        "chromium": find_chromium(),
        "firefox": find_firefox(),
        "webkit": find_webkit(),
        "redis": find_redis(),
        "postgres": find_postgres(),
        "nginx": find_nginx(),
        "faketime": find_faketime(),
        "npm": find_npm(),
    }
    return [name for name, path in found.items() if path is None]
