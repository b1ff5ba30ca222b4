"""Stories of who gets in: two-factor, a passkey, another site, and signing out everywhere."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from accounts.tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, oidc_provider
from e2e.conftest import PASSWORD
from e2e.server import DEVELOPMENT, daphne_server


@pytest.fixture(scope="module")
def provider():
    with oidc_provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(folder, provider):
    """BookShelf with another site to sign in with. Passkeys need a name, such as localhost."""
    env = {
        "OIDC_NAME": "Elsewhere",
        "OIDC_SERVER_URL": provider.url,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    with daphne_server(folder, env=DEVELOPMENT | env) as running:
        running.url = running.url.replace("127.0.0.1", "localhost")
        yield running


def enters_password_again(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def signs_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def signs_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def enters_code(page: Page, secret: str, button: str) -> None:
    """Enter what an authenticator app shows; once more if it has just changed."""
    for _ in range(2):
        code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        page.locator("[name=code]").fill(code)
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()
        if "Incorrect code" not in page.content():
            return


def test_two_factor_is_set_up_and_asked_for(visitor):
    reader = visitor().signs_up("carefulreader").goes_to("/accounts/settings/")
    page = reader.page
    page.get_by_role("link", name="two-factor authentication").click()
    page.get_by_role("link", name="Set up an app").click()
    enters_password_again(page)
    expect(page.locator(".qr svg path")).to_be_visible()
    secret = page.get_by_label("The secret as text").input_value()

    enters_code(page, secret, "Turn it on")

    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    code = page.locator(".codes code").first.inner_text()
    signs_out(page)
    signs_in(page, "carefulreader")
    expect(page.locator("[name=code]")).to_be_visible()
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()


def test_a_passkey_opens_the_account_without_a_password(visitor):
    reader = visitor().signs_up("keyholder").goes_to("/accounts/2fa/")
    page = reader.page
    devtools = reader.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    page.get_by_role("link", name="Add a key").click()
    enters_password_again(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Passwordless").check()
    # The button does nothing until the page's script has run.
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My phone passkey")).to_be_visible()
    signs_out(page)

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("link", name="Write")).to_be_visible()
    signs_out(page)
    signs_in(page, "keyholder")
    expect(page.get_by_role("link", name="Write")).to_have_count(0)
    # The button does nothing until the page's script has run.
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()


def test_a_reader_comes_in_by_another_site(visitor, provider):
    provider.claims = {"sub": "7", "preferred_username": "elsa", "email": "elsa@example.com"}
    guest = visitor().goes_to("/accounts/login/?next=/shelf/")
    page = guest.page

    page.get_by_role("button", name="Go on with Elsewhere").click()

    expect(page.get_by_label("Username")).to_have_value("elsa")
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_url(re.compile("/shelf/$"))
    expect(page.locator(".nav-name")).to_have_text("elsa")


def test_signing_out_everywhere_else_closes_the_other_tabs_private_updates(visitor, author):
    here, there = visitor().signs_up("everywhere"), visitor()
    signs_in(there.page, "everywhere")
    expect(there.page.get_by_role("link", name="Write")).to_be_visible()
    here.posts("Mine, on two devices")
    with there.page.expect_websocket() as private:
        there.goes_to("/")
    there.is_live()
    here.goes_to("/accounts/sessions/")
    expect(here.page.locator(".things > li")).to_have_count(2)
    with private.value.expect_event("close", timeout=2_000):
        here.page.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.page.get_by_text("Only here.")).to_be_visible()

    # The tab is a guest's now: what is for its reader alone reaches the other one only.
    there.is_live()
    here.reads("/")
    author.goes_to("/").title("Mine, on two devices").get_by_role("link").click()
    author.page.get_by_label("Your comment").fill("For its author alone.")
    author.page.get_by_role("button", name="Say it").click()
    expect(here.page.locator("#bell .bell-count")).to_contain_text("1")
    expect(there.page.locator("#bell .bell-count")).to_have_count(0)
    there.goes_to("/shelf/")
    expect(there.page.locator("[name=login]")).to_be_visible()


PAGES = [
    "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/totp/activate/", "/accounts/sessions/", "/accounts/3rdparty/",
    "/accounts/3rdparty/login/cancelled/", "/accounts/email/", "/accounts/settings/",
]  # fmt: skip


def test_no_page_of_security_violates_the_policy(visitor):
    reader = visitor().signs_up("strictreader").goes_to("/accounts/2fa/totp/activate/")
    enters_password_again(reader.page)

    for path in PAGES:
        assert reader.page.goto(path).status == 200, path

    assert reader.complaints == []
