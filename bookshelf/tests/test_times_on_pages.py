"""A walk over every page: each <time> has the whole of it at hand, in UTC, and the page a clock."""

import re

import pytest
from lxml import html

from bookshelf.tests.door_table import answer_for, doors
from bookshelf.tests.doors import DoorsWorld, send

WHOLE = re.compile(r"(\d{1,2} [A-Z][a-z]+ \d{4}|\d{4}-\d\d-\d\d), \d\d:\d\d UTC|[A-Z][a-z]+ \d{4}")
MACHINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{4}-\d\d")


@pytest.mark.django_db
@pytest.mark.only_on("sqlite")
def test_every_time_of_every_page_says_all_of_it():
    world, seen = DoorsWorld(), set()
    for role in ("author", "moderator"):
        for address, door in doors(world):
            if address.name.startswith("admin:") or answer_for(door.get, role) != 200:
                continue
            response, _ = send(world, role, "get", address)
            if not response["Content-Type"].startswith("text/html"):
                continue
            page = html.fromstring(response.content.decode() or "<p></p>")
            for time in page.iter("time"):
                assert MACHINE.fullmatch(time.get("datetime", "")), address.name
                assert WHOLE.fullmatch(time.get("title", "")), address.name
                assert page.xpath("//*[@id='main']/*[@id='clock']/i"), address.name
                assert list(time.iterancestors("main")), address.name
                seen.add(address.name)
    assert {
        "posts:list", "posts:detail", "posts:history", "posts:drafts", "posts:notifications",
        "posts:author", "about", "moderation:queue", "moderation:actions",
        "moderation:standing",
    } <= seen, seen  # fmt: skip
