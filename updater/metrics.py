"""What `/metrics` shows of this process, in Prometheus's format.

Values are collected when they are requested. The way to a reader only increments plain integers
(bookshelf/counters.py).
"""

from collections.abc import Iterator
from dataclasses import fields

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bookshelf.bounded_store import STORES
from bookshelf.counters import COUNTERS
from bookshelf.doorbell import layer_outage
from bookshelf.mail.status import QUEUE
from bookshelf.outages import database_outage
from updater import shared_stream


class StreamCollector(Collector):
    """Collects the counters, and gauges of the event loop's stream."""

    def describe(self) -> list[Metric]:
        """Nothing: there is no stream yet when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        for each in fields(COUNTERS):
            yield CounterMetricFamily(
                f"bookshelf_{each.name}", each.metadata["help"], getattr(COUNTERS, each.name)
            )
        stream = shared_stream.current()
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
            "mail_waiting": ("Mails that wait to be sent.", QUEUE.waiting),
            "mail_age_seconds": ("For which the oldest of them has waited.", QUEUE.age),
            "mail_failed": ("Mails that were given up, and are kept.", QUEUE.failed),
            "database_up": ("Whether it answered last.", not database_outage.is_ongoing),
            "channel_layer_up": (
                "Whether it took the last message.",
                not layer_outage.is_ongoing,
            ),
        }
        for store in STORES:
            gauges[f"{store.name}_entries"] = (f"{store.holds}.", len(store))
            gauges[f"{store.name}_bytes"] = ("Bytes that they take, about.", store.size)
        for name, (what, value) in gauges.items():
            yield GaugeMetricFamily(f"bookshelf_{name}", what, value)


REGISTRY = CollectorRegistry()
REGISTRY.register(StreamCollector())
# Of the process: memory, processor time, open files.
ProcessCollector(registry=REGISTRY)
