"""What lasts, or comes in floods, is a line or two in the log, however often it is met."""

import asyncio
import logging

import pytest

from bookshelf.outages import Outage, ThrottledLog, in_a_line

logger = logging.getLogger("tests.of.trouble")


@pytest.fixture
def log(caplog):
    """What was logged: `.messages`."""
    caplog.set_level("INFO", logger=logger.name)
    return caplog


def test_a_trouble_is_a_line_when_it_begins_and_a_line_when_it_ends(log):
    outage = Outage(logger, "database")
    outage.record_recovery()
    for _ in range(100):
        outage.record_failure(ConnectionError("refused\nby 10.0.0.1"))
    assert outage.is_ongoing
    assert log.messages == ["database lost error=ConnectionError(refused by 10.0.0.1)"]

    outage.record_recovery()
    outage.record_recovery()
    assert not outage.is_ongoing
    assert len(log.messages) == 2
    assert log.messages[1].startswith("database back after=0.0s times=100")


async def test_a_flood_is_a_line_at_once_and_then_a_sum(log):
    floods = ThrottledLog(logger, "socket refused code=%d", every=0.05)
    for _ in range(500):
        floods.log(4400)
    floods.log(4429)
    assert log.messages == ["socket refused code=4400 count=1", "socket refused code=4429 count=1"]

    await asyncio.sleep(0.2)
    assert log.messages[2:] == ["socket refused code=4400 count=499"]


def test_an_error_is_one_short_line():
    assert in_a_line(TimeoutError()) == "TimeoutError"
    assert "\n" not in in_a_line(ValueError("a\nb"))
    assert len(in_a_line(ValueError("x" * 10_000))) < 150


def test_a_trouble_whose_end_nobody_noticed_is_said_again(log, monkeypatch):
    monkeypatch.setattr("bookshelf.outages.QUIET", 0.0)
    outage = Outage(logger, "database")
    outage.record_failure(ConnectionError())
    outage.record_failure(ConnectionError())

    assert log.messages == 2 * ["database lost error=ConnectionError"]
