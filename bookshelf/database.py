"""A PostgreSQL that does not answer is waited for, but not for ever.

Its own limits, such as statement_timeout, are kept by the server: they say nothing about one that
hangs, or whose machine does. So the client looks at the clock.
"""

from typing import Any

import psycopg
from psycopg.errors import OperationalError

ANSWER_WITHIN = 5.0
"""Seconds that a process that serves waits for a connection, and then for each answer."""

_patience: float | None = None


def lose_patience(seconds: float | None = ANSWER_WITHIN) -> None:
    """From now on let no query of this process wait longer; None: for as long as it takes.

    A process that serves says so (asgi.py). A migration may take its time.
    """
    global _patience
    _patience = seconds


class ImpatientConnection(psycopg.Connection):
    """Gives up on an answer that does not come, and closes: the next query takes another one."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when it does not come in time."""
        patience = _patience if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=patience)
        except OperationalError as error:
            # psycopg has no public name for "it took too long".
            if timeout is None and type(error).__name__ == "_WaitTimeout":
                self.close()
                raise OperationalError(f"no answer within {patience:g} s") from None
            raise
