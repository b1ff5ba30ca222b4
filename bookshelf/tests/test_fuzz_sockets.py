"""Whatever is sent to a socket, nothing fails: no traceback, and no other reader notices."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookshelf.tests.test_fuzz import fuzz
from posts.factories import published
from updater.close_codes import CloseCode
from updater.tests.conftest import opened, socket_to
from updater.tests.running import in_thread

# As what is sent to forms.
pytestmark = pytest.mark.only_on("postgresql")

cursors = st.builds("{}.{}".format, st.text("abcstart019", max_size=17), st.integers(-1, 10**19))
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | cursors
keys = st.sampled_from(["cursor", "body", "headers", "topic", ""]) | st.text(max_size=5)
documents = st.recursive(
    values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)
meant = st.builds(lambda cursor: {"cursor": cursor}, cursors | documents)
wrapped = st.builds(lambda body: {"headers": {}, "body": body}, meant | documents)
nested = st.builds(
    lambda opening, depth: opening * depth, st.sampled_from(["[", '{"body":', '{"cursor":']),
    st.integers(1, 20_000),
)  # fmt: skip
texts = st.one_of(
    (meant | wrapped | documents).map(json.dumps), st.text(), nested,
    st.integers(0, 20_000).map(lambda size: json.dumps({"cursor": "x" * size})),
    st.integers(0, 9_000).map(lambda size: f'{{"cursor": {"9" * size}}}'),
)  # fmt: skip
messages = texts.map(lambda text: {"text": text}) | st.binary(max_size=99).map(
    lambda data: {"bytes": data}
)


async def exchange(sent: list[dict[str, Any]]) -> None:
    """Open a socket, send these messages, and see what comes of it."""
    socket = socket_to("?topic=posts&topic=cards")
    connected, _ = await socket.connect()
    assert connected
    for message in sent:
        await socket.send_input({"type": "websocket.receive", **message})
    # A frame for what was understood, or the end.
    event = await socket.receive_output(5)
    if event["type"] == "websocket.close":
        assert event["code"] in set(CloseCode)
    else:
        assert event["text"].lstrip().startswith("<hx-")
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    # Raises what the consumer raises.
    await socket.wait(5)


@pytest.mark.django_db(transaction=True)
def test_no_socket_fails_over_what_is_sent(settings, caplog):
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    published(title="Emma")
    bystander = opened()
    with asyncio.Runner() as runner:
        page = runner.run(bystander.__aenter__())

        @fuzz
        @given(st.lists(messages, min_size=1, max_size=4))
        def send(sent: list[dict[str, Any]]) -> None:
            runner.run(exchange(sent))

        send()
        runner.run(in_thread(published, title="Still here"))
        runner.run(page.sees("Still here"))
        runner.run(bystander.__aexit__(None, None, None))
    assert "Traceback" not in caplog.text
