"""Every page, served as in production: no violation of the policy, no error in the console."""

import re
import sys

import pytest
from playwright.sync_api import expect

from e2e.server import PRODUCTION, daphne_server
from e2e.services import free_port


@pytest.fixture(scope="module")
def server(folder):
    """BookShelf outside DEBUG, with hashed static files; mails are files in `folder`/mails."""
    port = free_port()
    (folder / "mails").mkdir()
    env = PRODUCTION | {"EMAIL_URL": f"filemail:///{folder}/mails"}
    with daphne_server(folder, env=env, port=port) as running:
        running.mails = folder / "mails"
        yield running


@pytest.fixture
def member(visitor):
    """Somebody who has signed up and confirmed the address, as one has to outside DEBUG."""
    return visitor().signs_up_by_hand("member")


def test_no_page_violates_the_policy_or_complains(visitor, member):
    guest = visitor()
    for path in (
        "/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/",
        "/accounts/password/reset/done/", "/accounts/inactive/", "/accounts/confirm-email/",
        "/help/",
    ):  # fmt: skip
        guest.goes_to(path)
    member.posts_by_hand("Under the strictest policy", tags="policy")
    member.title("Under the strictest policy").get_by_role("link").click()
    expect(member.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))
    room = member.page.url
    number = re.search(r"/posts/\d+/", room)[0]
    for path in (
        "/", "/tags/policy/", "/readers/member/", room, f"{number}edit/", f"{number}history/",
        "/posts/new/", "/search/", "/search/?q=policy", "/?before=1", "/accounts/email/",
        "/accounts/settings/", "/accounts/password/change/", "/accounts/logout/",
        "/changes/reconnecting/", "/accounts/2fa/", "/accounts/2fa/webauthn/",
        "/accounts/sessions/", "/accounts/3rdparty/", "/accounts/reauthenticate/",
    ):  # fmt: skip
        assert member.page.goto(path).status == 200, path
    guest.reads(room)
    guest.reads("/")

    assert guest.complaints + member.complaints == []


def test_the_admin_needs_no_weaker_policy(visitor, server):
    """Its lists, forms, calendars, searches and histories run under the policy of the site."""
    keeper = visitor().signs_up("keeper")
    code = (
        "from accounts.models import User;"
        "User.objects.filter(username='keeper').update(is_staff=True, is_superuser=True)"
    )
    server.run_beforehand([sys.executable, "manage.py", "shell", "-v0", "-c", code])
    keeper.writes("Under the eyes of the keeper", tags="policy")
    keeper.goes_to("/admin/")
    lists = keeper.page.locator("#content-main th a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )

    assert len(lists) > 3
    for where in lists:
        response = keeper.page.goto(where)
        assert "'unsafe" not in response.headers["content-security-policy"]
        first = keeper.page.locator("#result_list tbody th a").first
        if first.count():
            first.click()
            expect(keeper.page.locator("#content h1, #content h2").first).to_be_visible()
    keeper.goes_to("/admin/password_change/")
    assert keeper.complaints == []


def test_a_violation_would_have_been_noticed(visitor):
    guest = visitor(quiet=False).goes_to("/")
    guest.page.evaluate("document.body.setAttribute('style', 'color: red')")
    guest.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")

    guest.page.wait_for_timeout(0)
    assert any("Content Security Policy" in text for text in guest.complaints)


def test_errors_are_pages_of_ours(visitor):
    guest = visitor(quiet=False)
    response = guest.page.goto("/posts/999999/")

    assert response.status == 404
    guest.sees("That page is not here")
    assert not any("Content Security Policy" in text for text in guest.complaints)


def test_static_files_are_hashed_and_kept_for_ever(visitor):
    guest = visitor()
    answers = {}
    guest.page.on("response", lambda response: answers.update({response.url: response}))
    guest.goes_to("/")

    styles = [url for url in answers if url.endswith(".css")]
    assert styles
    for url in styles:
        assert re.search(r"\.[0-9a-f]{12}\.css$", url)
        assert "immutable" in answers[url].headers["cache-control"]
