"""A client-side query timeout for PostgreSQL.

The server's own limits, such as statement_timeout, do not help when the server or its machine
hangs. So the client watches the clock.
"""

from typing import Any

import psycopg
from psycopg.errors import OperationalError

ANSWER_WITHIN = 5.0
"""Seconds that a serving process waits for a connection, and then for each answer."""

DEADLOCK = "40P01"
"""PostgreSQL's code for it (its documentation, appendix A)."""

_timeout: float | None = None


def set_query_timeout(seconds: float | None = ANSWER_WITHIN) -> None:
    """Limit how long each query of this process waits for its answer; None means no limit.

    Called where a process begins to serve (asgi.py). A migration may take longer.
    """
    global _timeout
    _timeout = seconds


def is_deadlock(error: BaseException) -> bool:
    """Whether PostgreSQL rolled a transaction back to resolve a deadlock."""
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK


class TimeoutConnection(psycopg.Connection):
    """A connection that closes when an answer takes too long; the next query opens another one."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when it does not come in time."""
        limit = _timeout if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except OperationalError as error:
            # psycopg has no public name for "it took too long".
            if timeout is None and type(error).__name__ == "_WaitTimeout":
                self.close()
                raise OperationalError(f"no answer within {limit:g} s") from None
            raise
