"""What this process has done so far, in plain numbers: `/metrics` shows them.

Plain integers, because some of them stand on the way to each reader. Threads add without a lock,
so that a number may very rarely miss one; nothing decides by them.
"""

from dataclasses import dataclass, field
from typing import Any


def counts(what: str) -> Any:
    """A number that only grows; `what` is said of it in the metrics."""
    return field(default=0, metadata={"help": what})


@dataclass(slots=True)
class Tally:
    """One number for each thing worth counting."""

    sockets: int = counts("Sockets that were accepted.")
    refused: int = counts("Sockets that were closed because of what they sent, or did not send.")
    frames: int = counts("Frames that were handed to a reader's connection.")
    readings: int = counts("Readings of the change log.")
    failed_readings: int = counts("Readings of the change log that failed.")
    renderings: int = counts("Fragments that were rendered.")
    catch_ups: int = counts("Answers to a reader that came with a cursor.")
    resets: int = counts("Readers that were told to draw their page anew.")
    slow: int = counts("Times that a reader was passed over because its connection was full.")
    dropped: int = counts("Readers that were cut off because they had stopped reading.")
    polls: int = counts("Requests of pages that have no socket.")
    doorbells: int = counts("Messages to the channel layer: rings of the doorbell, and probes.")
    failed_doorbells: int = counts("Messages among them that it did not take in time.")


TALLY = Tally()
"""This process's."""
