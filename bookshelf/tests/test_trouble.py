"""What lasts, or comes in floods, is a line or two in the log, however often it is met."""

import asyncio
import logging

import pytest

from bookshelf.trouble import Often, Trouble, in_a_line

logger = logging.getLogger("tests.of.trouble")


@pytest.fixture
def log(caplog):
    """What was logged: `.messages`."""
    caplog.set_level("INFO", logger=logger.name)
    return caplog


def test_a_trouble_is_a_line_when_it_begins_and_a_line_when_it_ends(log):
    trouble = Trouble(logger, "database")
    trouble.over()
    for _ in range(100):
        trouble.met(ConnectionError("refused\nby 10.0.0.1"))
    assert trouble.lasts
    assert log.messages == ["database lost error=ConnectionError(refused by 10.0.0.1)"]

    trouble.over()
    trouble.over()
    assert not trouble.lasts
    assert len(log.messages) == 2
    assert log.messages[1].startswith("database back after=0.0s times=100")


async def test_a_flood_is_a_line_at_once_and_then_a_sum(log):
    floods = Often(logger, "socket refused code=%d", every=0.05)
    for _ in range(500):
        floods.met(4400)
    floods.met(4429)
    assert log.messages == ["socket refused code=4400 count=1", "socket refused code=4429 count=1"]

    await asyncio.sleep(0.2)
    assert log.messages[2:] == ["socket refused code=4400 count=499"]


def test_an_error_is_one_short_line():
    assert in_a_line(TimeoutError()) == "TimeoutError"
    assert "\n" not in in_a_line(ValueError("a\nb"))
    assert len(in_a_line(ValueError("x" * 10_000))) < 150


def test_a_trouble_whose_end_nobody_noticed_is_said_again(log, monkeypatch):
    monkeypatch.setattr("bookshelf.trouble.QUIET", 0.0)
    trouble = Trouble(logger, "database")
    trouble.met(ConnectionError())
    trouble.met(ConnectionError())

    assert log.messages == 2 * ["database lost error=ConnectionError"]
