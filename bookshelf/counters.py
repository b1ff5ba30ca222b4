"""Counters of what this process has done so far. `/metrics` exports them.

Plain integers, because some are incremented for each frame and reader. Threads increment them
without a lock, so one may be missed very rarely; no decision depends on them.
"""

from dataclasses import dataclass, field
from typing import Any


def counter(description: str) -> Any:
    """Return the field of a number that only grows; the metrics show its description."""
    return field(default=0, metadata={"help": description})


@dataclass(slots=True)
class Counters:
    """One number for each kind of event."""

    sockets: int = counter("Sockets that were accepted.")
    refused: int = counter("Sockets that were closed because of what they sent, or did not send.")
    frames: int = counter("Frames that were handed to a reader's connection.")
    readings: int = counter("Readings of the change log.")
    failed_readings: int = counter("Readings of the change log that failed.")
    renderings: int = counter("Fragments that were rendered.")
    catch_ups: int = counter("Answers to a reader that came with a cursor.")
    resets: int = counter("Readers whose page was sent a reset.")
    slow: int = counter("Times that a reader was passed over because its connection was full.")
    signed_out: int = counter("Sockets that were closed because their session had ended.")
    dropped: int = counter("Readers that were cut off because they had stopped reading.")
    polls: int = counter("Requests of pages that have no socket.")
    doorbells: int = counter("Messages to the channel layer: rings of the doorbell, and probes.")
    failed_doorbells: int = counter("Messages among them that it did not take in time.")
    fragments_drawn: int = counter("Fragments of pages that were drawn, and then kept.")
    fragments_kept: int = counter("Fragments of pages that were at hand.")
    readings_reused: int = counter("Times that what a page reads was at hand, and valid.")
    requests_over_limit: int = counter("Requests that began without a slot, after a wait.")
    mails: int = counter("Mails that the mail server took.")
    mail_failures: int = counter("Attempts to send a mail that failed.")


COUNTERS = Counters()
"""Those of this process."""
