"""People who use the site without a browser, for what happens while a story looks at a page."""

import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPMessage, HTTPResponse
from http.cookiejar import CookieJar

PASSWORD = "a very quiet room"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Let the caller see where an answer leads, and not follow it."""

    def redirect_request(self, *arguments: object) -> None:
        return None


class Member:
    """Somebody with an account and its cookies."""

    def __init__(self, base_url: str, name: str) -> None:
        self.base_url = base_url
        self.name = name
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._jar), NoRedirect
        )

    @property
    def cookies(self) -> dict[str, str]:
        return {each.name: each.value or "" for each in self._jar}

    def get(self, path: str) -> str:
        with self._opener.open(self.base_url + path, timeout=30) as response:
            return response.read().decode()

    def sends(self, path: str, **fields: str) -> str:
        """Send a form, see it taken, and return where the answer leads."""
        if "csrftoken" not in self.cookies:
            self.get("/accounts/login/")
        data = {"csrfmiddlewaretoken": self.cookies["csrftoken"], **fields}
        request = urllib.request.Request(
            self.base_url + path,
            data=urllib.parse.urlencode(data).encode(),
            headers={"Referer": self.base_url + path},
        )
        status, headers, body = self._answer(request)
        assert status == 302, f"{path} answered {status}: {body[:2000]}"
        return headers["Location"]

    def _answer(self, request: urllib.request.Request) -> tuple[int, HTTPMessage, str]:
        try:
            response: HTTPResponse = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")
        with response:
            return response.status, response.headers, response.read().decode()

    def signs_up(self) -> "Member":
        fields = {"username": self.name, "password1": PASSWORD, "password2": PASSWORD}
        self.sends("/accounts/signup/", **fields)
        return self

    def writes(
        self, title: str, author: str = "Jane Austen", body: str = "Worth it.", tags: str = ""
    ) -> int:
        """Post, and return the post's number."""
        self.sends("/posts/new/", title=title, book_author=author, body=body, tags=tags)
        return int(re.search(r'id="post-(\d+)"', self.get(f"/readers/{self.name}/"))[1])

    def says(self, post: int, text: str, parent: int | None = None) -> None:
        """Comment on a post, or reply to a comment."""
        reply = {} if parent is None else {"parent": str(parent)}
        self.sends(f"/posts/{post}/comments/", body=text, **reply)

    def likes(self, post: int, wanted: bool = True) -> None:
        self.sends(f"/posts/{post}/like/", liked=str(int(wanted)))
