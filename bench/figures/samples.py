"""What figures are made of: samples that do not disturb one another."""

import statistics
import time
from collections import defaultdict

from bench.contestants import Contestant

Samples = defaultdict[Contestant, list[float]]
"""What was measured of each server."""


def median(values: list[float]) -> float:
    return statistics.median(values)


def settle(server: Contestant) -> None:
    """Wait until the server has nothing left to do."""
    before = -1.0
    while server.cpu() - before > 0.005:
        before = server.cpu()
        time.sleep(0.25)
