"""How long sign-in, sign-up and password reset take, for those who have an account and others."""

import http.client
import itertools
import re
import time
from collections import defaultdict
from urllib.parse import urlencode

from bench.contestants import Ours
from bench.figures.samples import median
from bench.harness import Bench, Site

KINDS = ("nobody", "known", "inactive", "locked")
"""Accounts of bench.writer: confirmed, deactivated, without a password; and none."""

PASSWORD = "a very quiet room"
QUICK = {"DJANGO_SETTINGS_MODULE": "e2e.settings"}
NUMBERS = itertools.count()


def sign_in(kind: str) -> tuple[str, dict[str, str]]:
    return "login", {"login": kind, "password": "wrong"}


def sign_in_by_mail(kind: str) -> tuple[str, dict[str, str]]:
    return "login", {"login": f"{kind}@example.com", "password": "wrong"}


def sign_up(kind: str) -> tuple[str, dict[str, str]]:
    number = next(NUMBERS)
    email = f"nobody{number}@example.com" if kind == "nobody" else f"{kind}@example.com"
    new = {"username": f"new{number}", "email": email}
    return "signup", new | {"password1": PASSWORD, "password2": PASSWORD}


def reset(kind: str) -> tuple[str, dict[str, str]]:
    return "password/reset", {"email": f"{kind}@example.com"}


WAYS = {
    "signing in by name": sign_in,
    "signing in by address": sign_in_by_mail,
    "signing up": sign_up,
    "resetting a password": reset,
}


def answers(bench: Bench, tries: int) -> None:
    """The slowest kind's median to the fastest one's, in turns.

    With passwords that are hashed as on a server, and, five times as often, with a quick hash: then
    a difference in anything else is not a small part of half a second.
    """
    site = bench.site()
    site.writer.do("accounts", names=list(KINDS[1:]), password=PASSWORD)
    env = site.env | {"EMAIL_URL": "dummymail://"}
    _measure(bench, site, env, tries, "")
    # A new account leaves a few more pages to write to the disk.
    _measure(bench, site, env | QUICK, 5 * tries, ", hashed quickly", reach="≤ 1.3")


def _measure(
    bench: Bench,
    site: Site,
    env: dict[str, str],
    tries: int,
    note: str,
    *,
    reach: str = "≤ 1.15",
) -> None:
    server = site.start(Ours(site.folder, env))
    guest = Guest(server.port)
    for what, way in WAYS.items():
        took = defaultdict(list)
        for number in range(tries + 1):
            # Not always the same after the same.
            for kind in KINDS[number % len(KINDS) :] + KINDS[: number % len(KINDS)]:
                took[kind].append(guest.sends(*way(kind)))
        medians = {kind: median(each[1:]) * 1e3 for kind, each in took.items()}
        bench.results.row(
            f"{what}{note}: the slowest kind of account / the fastest",
            *(max(medians.values()) / min(medians.values()), reach),
            ", ".join(f"{kind} {each:.1f}" for kind, each in medians.items()) + " ms",
        )
    server.close()


class Guest:
    """Who sends forms, and signs in nowhere."""

    def __init__(self, port: int) -> None:
        self._port = port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/accounts/login/")
        answer = connection.getresponse()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        if found is None:
            raise RuntimeError("the page has no form")
        self._token = found[1]
        self._cookie = answer.getheader("Set-Cookie", "").split(";")[0]
        connection.close()

    def sends(self, path: str, fields: dict[str, str]) -> float:
        """Send a form; return the seconds that the answer took."""
        headers = {
            "Cookie": self._cookie,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(fields | {"csrfmiddlewaretoken": self._token})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.connect()
        began = time.monotonic()
        connection.request("POST", f"/accounts/{path}/", body, headers)
        answer = connection.getresponse()
        answer.read()
        took = time.monotonic() - began
        connection.close()
        if answer.status not in (200, 302, 422):
            raise RuntimeError(f"{path} was answered with {answer.status}")
        return took
