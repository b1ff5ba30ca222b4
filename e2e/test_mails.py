"""A story of somebody who signs up while the mail server is away, and the site is killed."""

import re

import pytest
from playwright.sync_api import expect

from bookshelf.tests.mail_servers import mail_server, unused_port
from e2e.conftest import PASSWORD
from e2e.faults.site import wait_for
from e2e.server import daphne_server


@pytest.fixture(scope="module")
def server(folder):
    """BookShelf outside DEBUG, with a mail server that is not there yet."""
    mail_port = unused_port()
    env = {
        "DEBUG": "0",
        "SECRET_KEY": "only-for-this-test-" * 4,
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "DEFAULT_FROM_EMAIL": "books@books.example",
        "DJANGO_SETTINGS_MODULE": "e2e.settings",
        "RATE_LIMITS": "0",
    }
    with daphne_server(folder, env=env) as running:
        running.mail_port = mail_port
        yield running


def test_a_mail_outlives_its_mail_server_and_the_process(visitor, server):
    person = visitor().goes_to("/accounts/signup/")
    for name, value in {"username": "lena", "email": "lena@example.com"}.items():
        person.page.locator(f"[name={name}]").fill(value)
    for name in ("password1", "password2"):
        person.page.locator(f"[name={name}]").fill(PASSWORD)
    person.page.get_by_role("button", name="Join").click()

    expect(person.page).to_have_url(re.compile("/accounts/confirm-email/"))
    expect(person.page.get_by_text("is on its way to you")).to_be_visible()

    server.kill()
    with mail_server(server.mail_port) as mails:
        server.start()
        wait_for(lambda: mails.mails != [], within=20, what="the mail")
        (text,) = mails.mails
    assert "To: lena@example.com" in text

    person.goes_to(re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", text)[1])
    person.page.get_by_role("button", name="Yes, it is mine").click()
    person.goes_to("/accounts/login/")
    person.page.locator("[name=login]").fill("lena")
    person.page.locator("[name=password]").fill(PASSWORD)
    person.page.locator("main form button").last.click()
    expect(person.page.get_by_role("link", name="Write")).to_be_visible()
