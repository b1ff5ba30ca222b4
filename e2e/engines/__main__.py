"""Look at pages of a running server in one of the engines: python -m e2e.engines --help"""

import argparse
from pathlib import Path

from e2e.engines import ENGINES, engine
from e2e.engines.people import Member


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m e2e.engines", description="Write a PNG of a page of a running server."
    )
    parser.add_argument("--engine", choices=ENGINES, default="webkit")
    parser.add_argument("--url", required=True, help="the server's: http://127.0.0.1:8000")
    parser.add_argument("--path", default="/")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--scroll", type=int, default=0, help="scroll down so many pixels")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--sign-up", metavar="NAME", help="as this new member")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with engine(options.engine, dark=options.dark) as browser:
        tab = browser.new_tab(options.url, width=options.width, height=options.height)
        if options.sign_up:
            tab.add_cookies(Member(options.url, options.sign_up).signs_up().cookies)
        tab.open(options.path)
        if tab.count("#live"):
            tab.is_live()
        tab.scroll_to(options.scroll)
        tab.screenshot(options.out)
        for line in tab.console_errors():
            print(line)


if __name__ == "__main__":
    main()
