"""What makes a process that serves thousands of sockets cheaper; each was measured (bench/)."""

import gc
import sys


def tune() -> None:
    """Tune this process, once it has loaded what it will run."""
    _hush_autobahn()
    # What is loaded by now stays, and so do readers. At its default pace the collector walks over
    # all of it again and again while a burst of them connects: a third of what connecting cost.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _hush_autobahn() -> None:
    """Spare Daphne's WebSockets the pretty-printing, in colour, of what is then not logged.

    Autobahn formats for its debug log whether or not that is on: a quarter of what
    connecting costs. As the log's own formatting is lazy, handing the values on is enough.
    """
    for name in ("autobahn.websocket.protocol", "autobahn.twisted.websocket"):
        module = sys.modules.get(name)
        for function in ("pformat", "hltype", "hlval"):
            if hasattr(module, function):
                setattr(module, function, _as_it_is)


def _as_it_is(value: object, *args: object, **options: object) -> object:
    return value
