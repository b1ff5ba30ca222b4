"""Stories through nginx: processes come and go, and nobody loses anything."""

import json
import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import expect

from e2e.deployed.client import ask, connect
from e2e.programs import find_postgres


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


def test_guesses_are_counted_whoever_the_client_says_it_is_and_whichever_process_answers(server):
    connection = connect(server)
    page = ask(connection, "/accounts/login/")
    cookie = page.headers["set-cookie"].partition(";")[0]
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)[1].decode()
    form = {"csrfmiddlewaretoken": token, "login": "nobody-there", "password": "wrong"}
    answers = []
    for number in range(6):
        headers = {
            "Cookie": cookie,
            "Referer": f"{server.url}/accounts/login/",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
        }
        sent = {"method": "POST", "body": urlencode(form), "headers": headers}
        answers.append(ask(connection, "/accounts/login/", **sent).body.decode())
    connection.close()

    assert ["not correct" in answer for answer in answers] == [True] * 5 + [False]
    assert "Too many failed" in answers[-1]


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
            "X-CSRFToken": self._cookies["__Host-csrftoken"],
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
