"""A thousand sockets of one browser are not a thousand guests."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bookshelf.networks import network_of
from updater import consumers
from updater.consumers import UpdateConsumer
from updater.reader import Reader
from updater.room import GUESTS, MOST_GUESTS, Room
from updater.tests.rooms import Tab
from updater.tests.running import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_thousand_sockets_of_one_address_are_a_few_guests_and_crowd_nobody_out(world, room):
    here, there = await world.starts(), await world.starts()
    first = await world.opens(room, here)
    text = (await in_thread(Client().get, f"/posts/{room}/", follow=True)).content.decode()
    crowd = [Tab(text, world, None, "203.0.113.7").connect(here) for _ in range(1_000)]
    await world.until(lambda: first.shown == f"{1 + MOST_GUESTS} guests are here")

    elsewhere = [await world.opens(room, there, network="203.0.113.7") for _ in range(7)]
    await world.opens(room, there)
    both = f"{2 + 2 * MOST_GUESTS} guests are here"
    await world.until(lambda: first.shown == crowd[-1].shown == elsewhere[0].shown == both)

    for tab in [*crowd, *elsewhere]:
        tab.disconnect()
    await world.until(lambda: first.shown == "2 guests are here")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 7))))
def test_a_room_counts_its_guests_in_any_order_of_coming_and_going(steps):
    room, readers = Room("post-1", 0), {}
    for comes, network, number in steps:
        key = (network, number)
        if comes:
            room.enter(readers.setdefault(key, new_reader(network)))
        elif key in readers:
            room.leave(readers.pop(key))
        here = [len([1 for other, _ in readers if other == each]) for each in range(4)]

        assert room.tabs.get(GUESTS, 0) == sum(min(each, MOST_GUESTS) for each in here)
    assert room._networks.total() == len(readers)


def new_reader(network: int) -> Reader:
    async def send(event) -> None:
        pass

    return Reader(send, frozenset({"post-1"}), network=str(network))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_a_household_counts_as_one(address, network):
    assert network_of(address) == network


async def test_a_guests_network_is_that_of_the_connection(monkeypatch):
    def no_query(key):
        raise AssertionError("a guest's session is not looked up")

    monkeypatch.setattr(consumers, "_sign_in_of", no_query)
    scope = {"headers": [(b"x-forwarded-for", b"192.0.2.1")], "client": ["2001:db8::5", 50_000]}

    for client, network in ((scope["client"], "2001:db8::/64"), (None, "")):
        reader = await UpdateConsumer()._new_reader({**scope, "client": client}, None, frozenset())
        assert reader.network == network
