"""A real server and a real browser, and people who use them."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from e2e.deployed.site import DeployedSite, deployed_site
from e2e.deployed.tls import CHROMIUM_TRUSTS
from e2e.faults.site import wait_for
from e2e.server import DEVELOPMENT, DaphneServer, daphne_server
from e2e.services import CHROMIUM_ARGUMENTS, ServiceMissing, find_chromium, missing

PASSWORD = "a very quiet room"

# What Chromium notes of a form that comes back, a post that was removed and a page that is left
# while it connects is no complaint.
EXPECTED = re.compile(r"status of 4(09|10|22)|WebSocket is closed before the connection is est")

# A machine with two busy cores may take its time; what has to be quick is measured in bench/.
expect.set_options(timeout=10_000)


def pytest_runtest_setup() -> None:
    # Playwright's synchronous API runs an event loop of its own in this thread, which Django
    # would take for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless. Without one the stories are skipped, except in CI."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            raise ServiceMissing("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        arguments = [*CHROMIUM_ARGUMENTS, CHROMIUM_TRUSTS]
        yield playwright.chromium.launch(executable_path=path, args=arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of this module's servers."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder) -> Iterator[DaphneServer | DeployedSite]:
    """BookShelf in DEBUG on an empty database, one for each module of stories.

    With STORIES_ON=deployed in the environment it is served as deploy/ has it.
    """
    if os.environ.get("STORIES_ON") == "deployed":
        need("nginx", "postgres", "redis")
        # In a minute more people sign up for a file of stories than one address may.
        with deployed_site(folder, rate_limits=False) as running:
            yield running
        return
    with daphne_server(folder, env=DEVELOPMENT) as running:
        yield running


def need(*programs: str) -> None:
    """Skip the test unless these programs are installed; in CI that is an error."""
    absent = [name for name in missing() if name in programs]
    if absent and os.environ.get("CI") == "true":
        raise ServiceMissing(f"not installed: {', '.join(absent)}")
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")


class Visitor:
    """A visitor with a browser of their own. `page` is Playwright's."""

    mails: Path | None = None
    """Where the server's mails are; without them nobody has to confirm an address."""

    def __init__(self, browser: Browser, base_url: str, **context) -> None:
        # For Playwright's own requests: a server on loopback has signed its certificate itself.
        context.setdefault("ignore_https_errors", base_url.startswith("https:"))
        self.base_url = base_url
        self.context = browser.new_context(base_url=base_url, **context)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    # --- What people do

    def goes_to(self, path: str) -> "Visitor":
        self.page.goto(path)
        return self

    def reads(self, path: str = "/") -> "Visitor":
        """Open a live page, be connected, and have what a page needs when its server is gone."""
        self.goes_to(path).is_live()
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("window.neverReloaded = true")
        return self

    def signs_up(self, name: str) -> "Visitor":
        """Sign up by HTTP, without a browser; most stories begin with it."""
        fields = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
        if self.mails is None:
            self.sends("/accounts/signup/", **fields)
            return self
        self.sends("/accounts/signup/", **fields, email=f"{name}@example.com")
        self.sends(self._link_to_confirm(name))
        self.sends("/accounts/login/", login=name, password=PASSWORD)
        return self

    def signs_up_by_hand(self, name: str) -> "Visitor":
        """Sign up in the browser, on the pages."""
        self.goes_to("/accounts/signup/")
        self.page.get_by_label("Username").fill(name)
        self.page.locator("[name=password1]").fill(PASSWORD)
        self.page.locator("[name=password2]").fill(PASSWORD)
        if self.mails is None:
            self._sends_form()
        else:
            self.page.get_by_label("Email").fill(f"{name}@example.com")
            self._sends_form()
            expect(self.page).to_have_url(re.compile("/accounts/confirm-email/"))
            self.goes_to(self._link_to_confirm(name))
            self._sends_form()
            self.goes_to("/accounts/login/")
            self.page.locator("[name=login]").fill(name)
            self.page.locator("[name=password]").fill(PASSWORD)
            self._sends_form()
        expect(self.page.get_by_role("link", name="Write")).to_be_visible()
        return self

    def _link_to_confirm(self, name: str) -> str:
        def found() -> list[str]:
            mails = (
                [mail.read_text() for mail in self.mails.iterdir()] if self.mails.exists() else []
            )
            to_them = [text for text in mails if f"to: {name}@example.com" in text.lower()]
            return re.findall(r"/accounts/confirm-email/\S+\n", "".join(to_them))

        # It is sent after the answer.
        wait_for(lambda: len(found()) == 1, within=10, what="a mail")
        return found()[0].strip()

    def _sends_form(self) -> None:
        self.page.locator("main form button[type=submit], main form button").last.click()

    def sends(self, path: str, **fields: str) -> None:
        """Send a form, with the cookies of the browser but without a page, and see it taken."""
        request = self.context.request
        tokens = [each["value"] for each in self.context.cookies() if "csrftoken" in each["name"]]
        if not tokens:
            # Any page with a form has the cookie set.
            request.get("/accounts/login/")
            self.sends(path, **fields)
            return
        answer = request.post(
            path,
            form={"csrfmiddlewaretoken": tokens[0], **fields},
            headers={"Referer": self.base_url + path},
            max_redirects=0,
        )
        assert answer.status == 302, f"{path} answered {answer.status}: {answer.text()[:2000]}"

    def fills(
        self, title: str, author: str = "Jane Austen", body: str = "Worth it.", tags=""
    ) -> None:
        self.page.get_by_label("Title of the book").fill(title)
        self.page.get_by_label("Author of the book").fill(author)
        self.page.get_by_label("Your review").fill(body)
        self.page.get_by_label("Tags").fill(tags)

    def writes(self, title: str, author="Jane Austen", body="Worth it.", tags="") -> "Visitor":
        """Post without drawing a page."""
        self.sends("/posts/new/", title=title, book_author=author, body=body, tags=tags)
        return self

    def posts(self, title: str, **fields: str) -> "Visitor":
        """Post, and be on the list."""
        self.writes(title, **fields).goes_to("/").sees(title)
        return self

    def posts_by_hand(self, title: str, **fields: str) -> "Visitor":
        """Post as an author does, on the page for it."""
        self.goes_to("/posts/new/")
        self.fills(title, **fields)
        self.page.get_by_role("button", name="Post it").click()
        self.sees(title)
        return self

    def hides(self) -> None:
        """Hide the tab, as far as the page can see."""
        self._shows_as(hidden=True)
        expect(self.page.locator("#conn")).to_contain_text("reconnecting")

    def comes_back(self) -> None:
        self._shows_as(hidden=False)
        self.is_live()

    def _shows_as(self, *, hidden: bool) -> None:
        self.page.evaluate(
            """hidden => {
                Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    # --- What people see

    def sees(self, title: str) -> None:
        expect(self.title(title).first).to_be_visible()

    def does_not_see(self, title: str) -> None:
        expect(self.title(title)).to_have_count(0)

    def title(self, title: str):
        return self.page.get_by_role("heading", name=title, exact=True)

    def is_live(self) -> None:
        expect(self.page.locator("#conn")).to_contain_text("live", timeout=20_000)

    @property
    def titles(self) -> list[str]:
        return self.page.locator("#posts h2").all_inner_texts()

    def has_not_reloaded(self) -> None:
        assert self.page.evaluate("window.neverReloaded") is True

    def sees_what_a_fresh_load_shows(self) -> None:
        """Compare the list with that of a new tab on the same address."""
        self._shows_as_a_fresh_load("#posts")

    def sees_the_talk_of_a_fresh_load(self) -> None:
        """Compare the conversation with that of a new tab on the same address."""
        self._shows_as_a_fresh_load("#comments")

    def _shows_as_a_fresh_load(self, selector: str) -> None:
        fresh = self.context.new_page()
        fresh.goto(self.page.url)
        shown, expected = (each.locator(selector).inner_html() for each in (self.page, fresh))
        fresh.close()
        assert plain(shown) == plain(expected)


def plain(html: str) -> str:
    """Return HTML without white space, tokens, and the marks that htmx sets."""
    html = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", html)
    return "".join(html.replace('data-htmx-powered="true"', "").split())


@pytest.fixture
def visitor(browser, server) -> Iterator[Callable[..., Visitor]]:
    """Make visitors. At the end none of them may have met an error or a violation of the CSP."""
    made: list[Visitor] = []

    def make(*, quiet: bool = True, **context) -> Visitor:
        someone = Visitor(browser, server.url, **context)
        someone.mails = server.mails
        someone.quiet = quiet
        made.append(someone)
        return someone

    yield make
    for someone in made:
        someone.context.close()
    assert [text for someone in made if someone.quiet for text in someone.complaints] == []


@pytest.fixture
def author(visitor) -> Visitor:
    """An author who has just signed up."""
    names = author.__dict__.setdefault("names", iter(range(1, 10_000)))
    return visitor().signs_up(f"author{next(names)}")
