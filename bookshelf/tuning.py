"""Make a process that serves thousands of sockets cheaper. Each step was measured (bench/)."""

import gc
import sys


def tune() -> None:
    """Tune this process. Call it once all modules have been imported."""
    _hush_autobahn()
    # Modules and connected readers live long. At its default thresholds the garbage collector walks
    # over all of them again and again while a burst of readers connects: a third of the cost.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _hush_autobahn() -> None:
    """Stop Autobahn from formatting values for a debug log that is off.

    Autobahn pretty-prints its arguments whether or not debug logging is on: a quarter of the cost
    of a connect. Logging formats lazily, so passing the values on unchanged is enough.
    """
    for name in ("autobahn.websocket.protocol", "autobahn.twisted.websocket"):
        module = sys.modules.get(name)
        for function in ("pformat", "hltype", "hlval"):
            if hasattr(module, function):
                setattr(module, function, _as_it_is)


def _as_it_is(value: object, *args: object, **options: object) -> object:
    return value
