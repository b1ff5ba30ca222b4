"""Three engines behind one interface: `engine("webkit")` is a browser, `.new_tab(url)` a visitor's.

with engine("firefox") as browser:
    tab = browser.new_tab(server.url, width=390).open("/").is_live()
"""

from e2e.engines.driver import Engine, Tab

ENGINES = ("chromium", "firefox", "webkit")

__all__ = ["ENGINES", "Engine", "Tab", "engine"]


def engine(name: str, *, dark: bool = False) -> Engine:
    """Start a browser: one of ENGINES. Raises ServiceMissing when it is not installed."""
    # Each with its own library: only that of the browser that is wanted is loaded.
    if name == "chromium":
        from e2e.engines.chromium import Chromium as Browser
    elif name == "firefox":
        from e2e.engines.firefox import Firefox as Browser
    elif name == "webkit":
        from e2e.engines.webkit import WebKit as Browser
    else:
        raise ValueError(f"{name} is none of {', '.join(ENGINES)}")
    return Browser(dark=dark)
