"""Faults 9 and 12: the time that a server gives a socket, and a clock that is set."""

from pathlib import Path

import pytest

from e2e.faults.fault import Run, lasting, within
from e2e.faults.servers import server_of
from e2e.faults.site import wait_for
from e2e.programs import find_faketime

READERS = 30


def everybody_has_returned(run: Run, since: dict[int, int] | None = None) -> bool:
    """Whether every reader has been connected again (once more than `since` says)."""
    since = since or {}
    return all(len(each.returned) > since.get(id(each), 0) for each in run.crowd.followers)


def test_a_socket_reaches_its_maximum_lifetime(site, fault):
    server = server_of(site, "Daphne", "--websocket_timeout", "3")
    with site.served_by(server):
        with fault("9. A socket's lifetime is over", readers=READERS) as run:
            wait_for(lambda: everybody_has_returned(run), within=40, what="everybody returns")
            run.goes_on(lasting(0, 20))

        assert set(run.authors.statuses) == {302}
        assert run.verdict.slowest < within(10)
    assert "Traceback" not in server.text


def test_the_clock_of_one_process_is_set(site, fault):
    library = find_faketime()
    if library is None:
        pytest.skip("libfaketime is needed")
    clock = Path(site.folder) / "clock"
    clock.write_text("+0")
    env = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        # As when a clock is set: what counts seconds goes on counting.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Python's threads wait by the monotonic clock; "fixed", they would wait too long.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    regular, odd = server_of(site, "Daphne"), server_of(site, "Daphne", env=env)
    with site.served_by(regular, odd):
        with fault("12. One process's clock set 25 h forward and back", readers=READERS) as run:
            run.goes_on(1)
            for offset in ("+25h", "+0", "-25h", "+0"):
                before = run.losses
                clock.write_text(offset)
                if offset == "+25h":
                    # Daphne takes its sockets for older than a day.
                    wait_for(lambda: run.losses > before, within=10, what="sockets are closed")  # noqa: B023
                run.goes_on(lasting(1.5, 60))
            run.is_over()
            run.every_reader_is_live()

        assert set(run.authors.statuses) == {302}
    assert "Traceback" not in odd.text + regular.text
