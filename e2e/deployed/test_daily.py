"""A day of a deployed site: pictures, static files, the keeper and the daily commands."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import PASSWORD
from e2e.deployed.client import get
from e2e.deployed.files import Unit
from e2e.deployed.site import BROTLI
from e2e.services import ROOT
from e2e.test_covers import chooses, cover_of, is_loaded, picture

MAKE_ADMIN = (
    "from accounts.models import User;"
    f"User.objects.create_superuser('keeper', 'keeper@example.com', {PASSWORD!r})"
)


def test_covers_come_from_nginx(author, server):
    author.goes_to("/posts/new/")
    author.fills("Pictured by nginx")
    chooses(author, picture("darkred"))
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Pictured by nginx")
    image = cover_of(author, "Pictured by nginx")
    is_loaded(image)

    answer = get(server, re.sub(r"^https://[^/]+", "", image.get_attribute("src")))
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert "immutable" in answer.headers["cache-control"]
    assert get(server, "/media/covers/" + "0" * 32 + "-96.webp").status == 404


@pytest.fixture
def large(tmp_path):
    """Make a picture that is so many bytes long."""

    def make(size: int) -> Path:
        file = tmp_path / f"{size}.jpg"
        image = picture("teal")
        file.write_bytes(image + b"\0" * (size - len(image)))
        return file

    return make


def posts_with(author, title: str, file: Path) -> None:
    author.goes_to("/posts/new/")
    author.fills(title)
    # From the disk: through Playwright's own pipe it would take a minute.
    author.page.get_by_label("Picture of the cover").set_input_files(file)
    author.page.get_by_role("button", name="Post it").click()


def test_a_file_of_eight_megabytes_is_taken(author, large):
    posts_with(author, "Eight megabytes", large(8_000_000))

    author.sees("Eight megabytes")
    is_loaded(cover_of(author, "Eight megabytes"))


def test_a_file_that_is_absurdly_large_is_refused_in_words(visitor, large):
    author = visitor(quiet=False).signs_up("hoarder")
    posts_with(author, "Absurd", large(34_000_000))

    expect(author.page.get_by_role("alert")).to_have_text("That is too large to send")
    expect(author.page.get_by_label("Title of the book")).to_have_value("Absurd")


def test_without_javascript_too(visitor, large):
    author = visitor(quiet=False, java_script_enabled=False).signs_up("frugal")
    posts_with(author, "Eight megabytes, plainly", large(8_000_000))
    author.sees("Eight megabytes, plainly")

    posts_with(author, "Absurd", large(34_000_000))
    expect(author.page.get_by_role("heading", name="That is too large to send")).to_be_visible()


def test_static_files_are_compressed_and_kept_for_ever(server):
    page = get(server, "/").body.decode()
    names = re.findall(r'"(/static/[^"]+\.(?:css|js))"', page)
    assert names

    best = "br" if BROTLI.exists() else "gzip"
    for name in names:
        for taken, coding in (("gzip", "gzip"), ("gzip, deflate, br", best), ("identity", None)):
            answer = get(server, name, Accept_Encoding=taken)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", name
            assert answer.headers.get("content-encoding") == coding, name
            assert answer.headers["vary"] == "Accept-Encoding", name
    plain = get(server, "/static/style.css")
    assert "immutable" not in plain.headers["cache-control"]


@pytest.mark.parametrize("path", ["/", "/feed/", "/accounts/login/", "/nowhere/"])
def test_pages_are_compressed_once_for_those_who_take_it(server, path):
    """By BookShelf, which hides their length: nginx would not."""
    plain = get(server, path, Accept_Encoding="identity")
    compressed = get(server, path, Accept_Encoding="gzip, br")

    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(compressed.body).lstrip()[:5] == plain.body.lstrip()[:5]
    # The flag of a name in front of what is compressed: the random bytes.
    assert compressed.body[3] & 8
    for answer in (plain, compressed):
        assert "accept-encoding" in answer.headers["vary"].lower()


def test_the_keeper_works_in_the_admin_and_readers_follow(visitor, server):
    server.manage("shell", "-c", MAKE_ADMIN)
    reader, keeper = visitor().reads(), visitor()
    keeper.goes_to("/admin/")
    keeper.page.get_by_label("Username or email").fill("keeper")
    keeper.page.get_by_label("Password").fill(PASSWORD)
    keeper.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(keeper.page.get_by_role("heading", name="Site administration")).to_be_visible()

    keeper.goes_to("/admin/posts/post/add/")
    keeper.page.locator("[name=author]").select_option(label="keeper")
    keeper.page.locator("[name=title]").fill("From the admin")
    keeper.page.locator("[name=book_author]").fill("Anybody")
    keeper.page.locator("[name=body]").fill("Worth it.")
    keeper.page.get_by_role("button", name="Save", exact=True).click()

    reader.sees("From the admin")
    reader.has_not_reloaded()
    for path in (
        "/admin/",
        "/admin/posts/post/",
        "/admin/accounts/user/",
        "/admin/password_change/",
    ):
        assert keeper.page.goto(path).status == 200, path


def test_the_daily_commands_run(server):
    daily = Unit(server.place.read("systemd/bookshelf-daily.service"))
    commands = daily.commands("ExecStart", server.env)
    assert len(commands) > 1

    for command in commands:
        subprocess.run(command, env=server.env, cwd=ROOT, check=True, capture_output=True)
