"""The states of a reader: the code, the diagram and what happens agree."""

import re
from itertools import product

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from updater.reader import Reader, ReaderState
from updater.registry import TRANSITIONS, ImpossibleTransition, ReaderRegistry

ARROW = re.compile(r"^ +(\S+) --> (\S+)", re.MULTILINE)
MOVES = {
    ReaderState.CONNECTED: ReaderRegistry.add,
    ReaderState.WAITING: ReaderRegistry.await_catch_up,
    ReaderState.LIVE: ReaderRegistry.go_live,
    ReaderState.BEHIND: ReaderRegistry.fall_behind,
    ReaderState.RESET: ReaderRegistry.reset,
    ReaderState.GONE: ReaderRegistry.remove,
}
"""The method that moves a reader into each state."""


async def send(event) -> None:
    raise AssertionError("the registry sends nothing")


def reader(topic: str = "posts", user_id: int | None = None) -> Reader:
    return Reader(send, frozenset({topic}), user_id=user_id)


def ways_to(state: ReaderState) -> list[ReaderState]:
    """Return states to go through, each allowed after the one before, that end in this one."""
    ways = [[ReaderState.NEW]]
    for way in ways:
        if way[-1] is state:
            return way[1:]
        ways += [[*way, after] for after in TRANSITIONS[way[-1]] if after not in way]
    raise AssertionError(f"no way to {state}")


def test_the_diagram_has_the_arrows_that_the_registry_allows():
    text = (settings.BASE_DIR / "docs" / "architecture.md").read_text()
    section = text.split("## The states of a reader")[1].split("\n## ")[0]
    drawn = ARROW.findall(section)

    allowed = {
        ("[*]" if before is ReaderState.NEW else before.name, after.name)
        for before, states in TRANSITIONS.items()
        for after in states
    }
    assert len(drawn) == len(set(drawn))
    assert set(drawn) - {("GONE", "[*]")} == allowed


def test_every_state_has_its_transitions_and_its_method():
    assert set(TRANSITIONS) == set(ReaderState)
    assert set(MOVES) == set(ReaderState) - {ReaderState.NEW}


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b, a in product(ReaderState, MOVES) if a not in TRANSITIONS[b]],
    ids=lambda state: state.name,
)
def test_an_impossible_transition_raises_and_changes_nothing(before, after):
    readers, each = ReaderRegistry(), reader(user_id=1)
    for state in ways_to(before):
        MOVES[state](readers, each)

    with pytest.raises(ImpossibleTransition, match=f"{before.name} → {after.name}"):
        MOVES[after](readers, each)

    assert each.state is before
    assert (each in readers.all) == (before not in (ReaderState.NEW, ReaderState.GONE))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(list(MOVES))), max_size=60),
)
def test_a_reader_is_in_the_collections_of_its_state_and_in_no_other(steps):
    readers = ReaderRegistry()
    crowd = [reader("posts"), reader("posts", 1), reader("cards", 1), reader("cards", 2)]
    for number, state in steps:
        if state in TRANSITIONS[crowd[number].state]:
            MOVES[state](readers, crowd[number])

    def having(*states: ReaderState) -> set[Reader]:
        return {each for each in crowd if each.state in states}

    live = having(ReaderState.LIVE)
    assert readers.all == set(crowd) - having(ReaderState.NEW, ReaderState.GONE)
    assert readers.waiting == having(ReaderState.WAITING)
    assert readers.behind == having(ReaderState.BEHIND)
    assert {topics: set(each) for topics, each in readers.by_topics.items()} == {
        topics: {each for each in live if each.topics == topics}
        for topics in {each.topics for each in live}
    }
    assert readers.by_user == {
        user: {each for each in live if each.user_id == user}
        for user in {each.user_id for each in live} - {None}
    }


def test_live_readers_are_walked_in_the_order_in_which_they_came():
    readers = ReaderRegistry()
    crowd = [reader("posts") for _ in range(100)]
    for each in crowd:
        readers.add(each)
        readers.await_catch_up(each)
        readers.go_live(each)

    assert list(readers.by_topics[frozenset({"posts"})]) == crowd
