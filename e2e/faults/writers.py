"""Authors who write through the site's forms, and remember what was acknowledged."""

import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

from lxml import html

from e2e.faults.browserless import Answer, Client

PASSWORD = "a very quiet room"
GONE = -1
"""The version of a text that was removed."""

_runs = count(1)


@dataclass(slots=True)
class Written:
    """A text that was sent. `may_be` holds the versions that readers may find at the end.

    One when the last word was acknowledged; two when no answer, or none that says so, came back.
    """

    token: str
    may_be: set[int]
    room: int | None = None
    """The post that a comment is about; None for a post."""
    id: int | None = None
    submission: str = field(default_factory=lambda: str(uuid.uuid4()))
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Return the path of the page that shows it."""
        return f"/posts/{self.room}/" if self.room else "/"

    @property
    def home(self) -> str:
        """Return the path below which it is edited and removed."""
        return f"/posts/{self.room}/comments/{self.id}/" if self.room else f"/posts/{self.id}/"

    @property
    def is_removed(self) -> bool:
        return self.may_be == {GONE}

    @property
    def is_certain(self) -> bool:
        return len(self.may_be) == 1

    def signed(self, version: int) -> dict[str, str]:
        """The fields of its form, with its signature."""
        signature = f"{self.token} v{version}"
        if self.room:
            return {"body": f"{signature} {self.fields.get('body', '')}"}
        return self.fields | {"title": signature}


class Writer:
    """One author: signs up, signs in, and then writes, edits and removes at a bounded rate."""

    def __init__(self, number: int, pick: Callable[[], int], *, client: Client | None = None):
        self.number = number
        self.client = client or Client(pick)
        self.written: list[Written] = []
        self.acknowledged: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.refusals: list[Answer] = []
        """Answers to a form that neither take it nor say why in a page of ours (not 302, 422)."""
        self.slowest = 0.0
        """Seconds that the slowest answer to a form took."""
        self.run = 0
        self.room: int | None = None
        self._numbers = count(1)
        self._chance = random.Random(number)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def sign_up(self, name: str) -> None:
        """Sign up, sign out and sign in again."""
        self.client.get("/accounts/signup/")
        joined = self.client.post(
            "/accounts/signup/", username=name, password1=PASSWORD, password2=PASSWORD
        )
        assert joined.status == 302, f"signing up answered {joined.status}"
        self.client.get("/accounts/logout/")
        assert self.client.post("/accounts/logout/").status == 302
        self.client.get("/accounts/login/")
        known = self.client.post("/accounts/login/", login=name, password=PASSWORD)
        assert known.status == 302, f"signing in answered {known.status}"

    # --- Writing on and on

    def start(self, every: float) -> None:
        """Write something each `every` seconds until stopped."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._write_on, args=(every,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, *, within: float = 60) -> None:
        if self._thread is not None:
            self._thread.join(within)
            assert not self._thread.is_alive(), "a request has not been answered at all"
            self._thread = None

    def _write_on(self, every: float) -> None:
        next_one = time.monotonic() + self._chance.uniform(0, every)
        while not self._stopped.wait(max(0, next_one - time.monotonic())):
            self._write_something()
            # No catching up afterwards: the rate is bounded.
            next_one = max(next_one + every, time.monotonic() + every / 4)

    def _write_something(self) -> None:
        doubtful = [each for each in self.written if not each.is_certain]
        if doubtful:
            # Nobody goes on while it is not known what became of the last one.
            self._repeat(doubtful[0])
            return
        mine = [each for each in self.written if not each.is_removed]
        dice = self._chance.random()
        if dice < 0.4 or len(mine) < 2:
            self.post()
        elif dice < 0.6 and self.room:
            self.comment(self.room)
        elif dice < 0.7:
            self.like(self._chance.choice(mine))
        elif dice < 0.9:
            self.edit(self._chance.choice(mine))
        else:
            self.remove(self._chance.choice(mine))

    def _repeat(self, written: Written) -> None:
        if written.id is None:
            self._send_new(written)
        elif GONE in written.may_be:
            self.remove(written)
        else:
            self.edit(written)

    # --- One thing

    def post(self, *, body: str = "Worth it.", **fields: str) -> Written:
        """Write a post."""
        written = self._begin()
        written.fields = {"body": body, "book_author": "Jane Austen", **fields}
        self._send_new(written)
        return written

    def comment(self, room: int, *, body: str = "") -> Written:
        """Comment on the post with this number."""
        written = self._begin(room)
        written.fields = {"body": body}
        self._send_new(written)
        return written

    def _begin(self, room: int | None = None) -> Written:
        # Until the server has answered, it may have been stored or not.
        token = f"f{self.run}w{self.number}n{next(self._numbers)}"
        written = Written(token, {GONE, 1}, room)
        self.written.append(written)
        return written

    def _send_new(self, written: Written) -> None:
        path = f"/posts/{written.room}/comments/" if written.room else "/posts/new/"
        form = {"submission": written.submission, **written.signed(1)}
        answer = self._send(path, form, "comments" if written.room else "posts")
        if answer is None:
            return
        written.may_be = {1}
        if written.room:
            written.id = int(answer.location.rstrip("/").rpartition("/")[2])
        else:
            self._find(written)

    def edit(self, written: Written) -> None:
        """Edit a text of ours: fetch the form and send it."""
        if written.id is None and not self._find(written):
            return
        path = f"{written.home}edit/"
        form = self._fetch(path)
        if form.status != 200:
            return
        versions = html.fromstring(form.body).xpath("//input[@name='version']/@value")
        new = max(written.may_be) + 1
        written.may_be.add(new)
        if self._send(path, {"version": "".join(versions[:1])} | written.signed(new), "edits"):
            written.may_be = {new}

    def remove(self, written: Written) -> None:
        """Remove a text of ours."""
        if written.id is None and not self._find(written):
            return
        written.may_be.add(GONE)
        if self._send(f"{written.home}delete/", {}, "removals"):
            written.may_be = {GONE}

    def like(self, written: Written) -> None:
        """Like it, or take the like back."""
        if written.id is not None:
            self._send(f"{written.home}like/", {"liked": self._chance.choice("01")}, "likes")

    def _find(self, written: Written) -> bool:
        """Learn the post's number from the list, as one does who clicks on it."""
        page = self._fetch("/")
        found = re.search(rf'href="/posts/(\d+)/[^"]*"[^>]*>{written.token} v', page.body)
        if found:
            written.id = int(found[1])
        return found is not None

    def _fetch(self, path: str) -> Answer:
        """Fetch a page on the way to a form. An error of the server counts as that of a form."""
        answer = self.client.get(path)
        if answer.status >= 500:
            self.statuses[answer.status] += 1
            self.refusals.append(answer)
        return answer

    def _send(self, path: str, fields: dict[str, str], what: str) -> Answer | None:
        """Send a form; return the answer if it says that it was taken."""
        began = time.monotonic()
        answer = self.client.post(path, **fields)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status] += 1
        if answer.status == 302 and "/accounts/" not in answer.location:
            self.acknowledged[what] += 1
            return answer
        self.refusals.append(answer)
        return None


class Writers:
    """Several authors at once. `rate` is of all of them together, a second."""

    def __init__(self, writers: list[Writer], rate: float) -> None:
        self.everyone = writers
        self._every = len(writers) / rate
        self._by_others: list[Written] = []
        run = next(_runs)
        for writer in writers:
            writer.run = run

    def open_a_room(self) -> int:
        """Write a post that stays as it is, for everybody to talk about; returns its number."""
        book = self.everyone[0].post()
        assert book.id is not None, "the post has not come"
        self.everyone[0].written.remove(book)
        for writer in self.everyone:
            writer.room = book.id
        return book.id

    def start(self) -> None:
        for writer in self.everyone:
            writer.start(self._every)

    def stop(self) -> None:
        """Have them finish what they are at, and return when they have."""
        for writer in self.everyone:
            writer.stop()
        for writer in self.everyone:
            writer.join()

    def also(self, token: str) -> None:
        """Expect something that somebody else has written, and that these may not touch."""
        self._by_others.append(Written(token, {1}))

    def remember(self) -> dict[str, Written]:
        """What readers would find now, by its signature; for `go_back`."""
        return {each.token: replace(each, may_be=set(each.may_be)) for each in self.written}

    def go_back(self, remembered: dict[str, Written]) -> None:
        """Expect what was remembered: the database is the one of then."""
        for each in self.written:
            then = remembered.get(each.token)
            each.may_be = then.may_be if then else {GONE}

    @property
    def written(self) -> list[Written]:
        mine = [written for writer in self.everyone for written in writer.written]
        return mine + self._by_others

    @property
    def acknowledged(self) -> Counter[str]:
        return sum((writer.acknowledged for writer in self.everyone), Counter())

    @property
    def statuses(self) -> Counter[int]:
        return sum((writer.statuses for writer in self.everyone), Counter())

    @property
    def refusals(self) -> list[Answer]:
        return [answer for writer in self.everyone for answer in writer.refusals]

    @property
    def slowest(self) -> float:
        return max(writer.slowest for writer in self.everyone)
