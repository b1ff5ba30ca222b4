"""One address opens no more sockets than an office full of readers does."""

import pytest

from updater import admission, consumers
from updater.admission import Admission, network_of_socket
from updater.tests.conftest import socket_to

MINE, OTHERS = {"client": ("192.0.2.7", 4711)}, {"client": ("192.0.2.8", 4711)}


@pytest.fixture(autouse=True)
def limited(settings):
    settings.RATE_LIMITS = True


def may_open(counted: Admission, scope: dict) -> bool:
    with counted.admitted(scope) as is_admitted:
        return is_admitted


def test_an_address_has_so_many_sockets_open_and_when_one_closes_another_may(monkeypatch):
    monkeypatch.setattr(admission, "MOST_OPEN", 2)
    counted = Admission()

    with counted.admitted(MINE) as first:
        with counted.admitted(MINE) as second:
            answers = [first, second, *map(may_open, (counted, counted), (MINE, OTHERS))]
        assert answers == [True, True, False, True]
        assert may_open(counted, MINE)
    assert not counted._open


def test_one_that_opens_and_closes_all_the_time_is_refused():
    counted = Admission()
    answers = [may_open(counted, MINE) for _ in range(int(admission.CONNECTS[0].size) + 20)]

    assert answers[:600] == [True] * 600
    assert answers[-1] is False
    assert may_open(counted, OTHERS)


def test_nothing_is_refused_when_limits_are_off(settings, monkeypatch):
    monkeypatch.setattr(admission, "MOST_OPEN", 0)
    settings.RATE_LIMITS = False

    assert may_open(Admission(), MINE)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (["2001:db8::7", 1], "2001:db8::/64"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (None, "unknown"),
        (("", None), "unknown"),
    ],
)
def test_a_socket_is_counted_by_the_network_that_it_comes_from(client, network):
    assert network_of_socket({"client": client}) == network


async def test_a_socket_too_many_is_refused_before_the_handshake(monkeypatch, caplog):
    monkeypatch.setattr(admission, "MOST_OPEN", 0)
    monkeypatch.setattr(consumers, "ADMISSION", Admission())

    connected, _ = await socket_to("?topic=posts").connect()

    assert not connected
    assert "too many sockets of one address" in caplog.text
