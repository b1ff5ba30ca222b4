"""HTTP as a browser speaks it without scripts: cookies, forms, CSRF tokens."""

import http.client
import threading
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """An answer. Status 0: none came in time."""

    status: int
    location: str
    body: str
    retry_after: str | None = None


NOTHING = Answer(0, "", "")


class Client:
    """A user's cookies. `pick` returns the port of a running process."""

    def __init__(self, pick: Callable[[], int], *, within: float = 30) -> None:
        self.cookies: dict[str, str] = {}
        self._pick = pick
        self._within = within
        self._lock = threading.Lock()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form, with the token that goes with our cookie."""
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        return self._ask("POST", path, urlencode(token | fields).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Accept": "text/html", "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = FORM
        connection = http.client.HTTPConnection("127.0.0.1", self._pick(), timeout=self._within)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return NOTHING
        finally:
            connection.close()
        with self._lock:
            for header in answer.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(header).items():
                    self.cookies[name] = morsel.value
        location = answer.headers.get("Location", "")
        return Answer(answer.status, location, text, answer.headers.get("Retry-After"))
