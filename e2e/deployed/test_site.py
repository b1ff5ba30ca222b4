"""Stories told through nginx: processes come and go, and nobody loses anything."""

import json
import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from e2e.conftest import PASSWORD
from e2e.deployed.client import ask, connect, get
from e2e.deployed.files import Unit
from e2e.programs import find_postgres
from e2e.services import ROOT
from e2e.test_covers import chooses, cover_of, is_loaded, picture

MAKE_ADMIN = (
    "from accounts.models import User;"
    f"User.objects.create_superuser('keeper', 'keeper@example.com', {PASSWORD!r})"
)


def readers(process) -> int:
    """How many sockets a process has."""
    return json.loads(process.get("/healthz/"))["stream"]["readers"]


def test_tabs_are_spread_over_the_processes_and_all_see_a_post(visitor, author, server):
    tabs = [visitor().reads() for _ in range(4)]

    author.posts("Heard by every process")

    for tab in tabs:
        tab.sees("Heard by every process")
        tab.has_not_reloaded()
    assert all(readers(process) >= 2 for process in server.processes)


def test_when_a_process_is_killed_its_tabs_come_back_through_another(visitor, author, server):
    author.quiet = False
    author.posts("Before the crash")
    tabs = [visitor(quiet=False).reads() for _ in range(4)]
    dead, alive = server.processes
    assert readers(dead) > 0

    dead.kill()
    author.posts("Written while one is dead")

    for tab in tabs:
        tab.sees("Written while one is dead")
        tab.is_live()
    assert readers(alive) >= 4
    dead.start()
    author.posts("Written when it is back")
    for tab in tabs:
        tab.sees("Written when it is back")
        tab.has_not_reloaded()
        tab.sees_what_a_fresh_load_shows()


class Traffic:
    """Somebody who reads and posts all the time, over nginx, and notes what was answered."""

    def __init__(self, server, cookies: list[dict]) -> None:
        self.server = server
        self.read: list[int] = []
        self.posted: dict[str, int] = {}
        self._cookies = {cookie["name"]: cookie["value"] for cookie in cookies}
        self._stop = threading.Event()

    def _headers(self) -> dict[str, str]:
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Origin": self.server.url,
            "X-CSRFToken": self._cookies["csrftoken"],
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def _reads(self) -> None:
        connection = connect(self.server)
        while not self._stop.wait(0.05):
            self.read.append(ask(connection, "/search/").status)
        connection.close()

    def _posts(self) -> None:
        connection = connect(self.server)
        # An author may post ten times in a minute.
        for number in range(9):
            if self._stop.wait(1.5):
                break
            title = f"Posted during the upgrade {number}"
            form = {"title": title, "book_author": "A", "body": "B"}
            answer = ask(
                connection,
                *("/posts/new/",),
                **{"method": "POST", "body": urlencode(form), "headers": self._headers()},
            )
            self.posted[title] = answer.status
        connection.close()

    @contextmanager
    def flowing(self):
        threads = [threading.Thread(target=work) for work in (self._reads, self._posts)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()


def test_an_upgrade_loses_no_request_and_no_reader(visitor, author, server):
    author.quiet = False
    tabs = [visitor(quiet=False).reads() for _ in range(2)]
    author.goes_to("/posts/new/")
    traffic = Traffic(server, author.context.cookies())

    with traffic.flowing():
        for process in server.processes:
            process.stop()
            process.start()

    assert len(traffic.read) > 50
    assert set(traffic.read) == {200}
    assert len(traffic.posted) > 4
    assert set(traffic.posted.values()) == {302}
    for tab in tabs:
        tab.is_live()
        for title in traffic.posted:
            tab.sees(title)
            assert tab.titles.count(title) == 1
        tab.has_not_reloaded()


def test_while_all_processes_are_away_nginx_says_so_and_open_pages_return(visitor, server):
    reader = visitor(quiet=False).reads()
    guest = visitor(quiet=False)

    server.kill()
    assert guest.page.goto("/").status == 502
    expect(guest.page.get_by_role("heading", name="BookShelf is away")).to_be_visible()
    expect(reader.page.locator("#conn")).to_contain_text("reconnecting")
    server.start()

    reader.is_live()
    reader.has_not_reloaded()
    assert guest.page.goto("/").status == 200


def test_a_restored_backup_resets_the_pages_that_had_seen_more(visitor, author, server):
    author.quiet = False
    author.posts("In the backup")
    backup = server.place.folder / "bookshelf.dump"
    postgres(server, "pg_dump", "--format=custom", "--file", backup, "bookshelf")
    author.posts("Written after the backup")
    reader = visitor(quiet=False).reads()
    reader.sees("Written after the backup")

    server.terminate()
    postgres(server, "dropdb", "bookshelf")
    postgres(server, "createdb", "bookshelf")
    postgres(server, "pg_restore", "--dbname=bookshelf", backup)
    server.manage("migrate", "--no-input")
    server.start()

    # Reconnecting takes up to 10 s, and pages redraw themselves within 8 s, not all at once.
    expect(reader.title("Written after the backup")).to_have_count(0, timeout=25_000)
    reader.sees("In the backup")
    reader.is_live()
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def postgres(server, program: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs, as its superuser."""
    where = ["--host=127.0.0.1", f"--port={server.postgres.port}", "--username=bookshelf"]
    command = [find_postgres() / program, *where, *arguments]
    subprocess.run(command, check=True, capture_output=True)


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
    assert answer.headers["content-security-policy"] == "default-src 'none'"
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

    for name in names:
        answer = get(server, name, Accept_Encoding="gzip")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", name
        assert answer.headers["content-encoding"] == "gzip", name
    plain = get(server, "/static/bookshelf.css")
    assert "immutable" not in plain.headers["cache-control"]


def test_pages_are_compressed(server):
    assert get(server, "/", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"


def test_the_keeper_works_in_the_admin_and_readers_follow(visitor, server):
    server.manage("shell", "-c", MAKE_ADMIN)
    reader, keeper = visitor().reads(), visitor()
    keeper.goes_to("/admin/")
    keeper.page.get_by_label("Username").fill("keeper")
    keeper.page.get_by_label("Password").fill(PASSWORD)
    keeper.page.get_by_role("button", name="Log in").click()
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
