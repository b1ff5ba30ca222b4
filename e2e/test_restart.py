"""A server goes away and comes back: every open page returns by itself, and has lost nothing."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from e2e.server import DaphneServer
from e2e.services import ROOT

WRITE = """
import django; django.setup()
from accounts.models import User
from posts.factories import published
author, _ = User.objects.get_or_create(username="elsewhere")
for title in {titles}:
    published(title=title, author=author)
"""


def write_elsewhere(server: DaphneServer, *titles: str) -> None:
    """Post from another process, into the same database."""
    subprocess.run(
        [sys.executable, "-c", WRITE.format(titles=titles)], env=server.env, cwd=ROOT, check=True
    )


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_page_outlives_its_server(visitor, server, end):
    reader = visitor(quiet=False).reads()

    getattr(server, end)()
    expect(reader.page.locator("#conn")).to_contain_text("reconnecting")
    write_elsewhere(server, f"While it was down: {end}")
    server.start()

    expect(reader.title(f"While it was down: {end}")).to_be_visible(timeout=15_000)
    reader.is_live()
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_what_another_process_writes_arrives_by_itself(visitor, server):
    reader = visitor().reads()

    write_elsewhere(server, "From another process")

    reader.sees("From another process")
    reader.has_not_reloaded()
