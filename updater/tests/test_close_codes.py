"""The codes with which sockets are closed are part of the protocol, and pages know them."""

import html
import json
import re

from django.conf import settings

from updater.close_codes import CloseCode
from updater.reader import Reader

STAY_AWAY = {CloseCode.NOT_UNDERSTOOD, CloseCode.TOO_MANY_MESSAGES}
"""What a page of ours is never sent. It would be sent it again."""


def test_the_codes_are_those_of_the_protocol():
    assert {code.name: int(code) for code in CloseCode} == {
        "STOPPING": 1000,
        "NOT_UNDERSTOOD": 4400,
        "SIGNED_OUT": 4401,
        "NO_CURSOR": 4408,
        "TOO_MANY_MESSAGES": 4429,
    }


def test_pages_return_after_each_code_but_those_of_a_page_that_misbehaves():
    template = (settings.BASE_DIR / "templates" / "base.html").read_text()
    config = re.search(r"""name="htmx-config"\s+content='([^']+)'""", template)[1]
    return_after = json.loads(html.unescape(config))["ws"]["reconnectCodes"]

    assert set(return_after) & set(CloseCode) == set(CloseCode) - STAY_AWAY


async def test_a_server_is_given_a_plain_number():
    """Autobahn raises for any other type, also for an IntEnum's member."""
    sent = []

    async def send(event):
        sent.append(event)

    for code in CloseCode:
        Reader(send, frozenset()).close(code)

    assert {type(event["code"]) for event in sent} == {int}
