"""What `/metrics` shows of this process, in Prometheus's format.

The numbers are gathered when they are asked for; nothing on the way to a reader knows of them but
plain integers (bookshelf/tally.py).
"""

from collections.abc import Iterator
from dataclasses import fields

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bookshelf.live import layer_trouble
from bookshelf.tally import TALLY
from bookshelf.trouble import database_trouble
from updater import attendance


class StreamCollector(Collector):
    """The tally, and how the event loop's stream stands."""

    def describe(self) -> list[Metric]:
        """Nothing: there is no stream yet when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        for each in fields(TALLY):
            yield CounterMetricFamily(
                f"bookshelf_{each.name}", each.metadata["help"], getattr(TALLY, each.name)
            )
        stream = attendance.current()
        gauges = {
            "readers": ("Readers that are served.", stream.count if stream else 0),
            "readers_behind": (
                "Readers among them whose connection is full.",
                stream.behind if stream else 0,
            ),
            "log_lag_seconds": (
                "Since the change log was last read; 0 without readers.",
                stream.lag if stream else 0,
            ),
            "log_seq": (
                "The change that was read last; 0 without readers.",
                stream.cursor.seq if stream and stream.cursor else 0,
            ),
            "database_up": ("Whether it answered last.", not database_trouble.lasts),
            "channel_layer_up": (
                "Whether it took the last message.",
                not layer_trouble.lasts,
            ),
        }
        for name, (what, value) in gauges.items():
            yield GaugeMetricFamily(f"bookshelf_{name}", what, value)


REGISTRY = CollectorRegistry()
REGISTRY.register(StreamCollector())
# Of the process: memory, processor time, open files.
ProcessCollector(registry=REGISTRY)
